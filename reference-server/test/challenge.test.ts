/** Nonces that a verifier hands over at the channel reach the voice of the call. */
import { type ChallengeAnswer, createChannelClient, type VerificationChannel } from '@undertone/channel';
import { fromHex, hex, parseCard, randomBytes } from '@undertone/token';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Operator } from '../src/channel/operator.ts';
import { request, testOperator } from './operator.ts';
import { sleep, Talker, type TestServer, testServer, until } from './support.ts';

const BUSY = { refused: 'challenge-busy' } as const;
const NOBODY = { refused: 'challenge-unsupported' } as const;
let operator: Operator;
let remove: () => void;
let server: TestServer;
let ofItself: TestServer;
beforeAll(async () => {
  ({ operator, remove } = await testOperator());
  server = await testServer({}, { identity: operator });
  ofItself = await testServer();
});
afterAll(async () => {
  await ofItself?.close();
  // A server closes its identity.
  await (server ?? operator)?.close();
  remove?.();
});

/** Calls a server. @returns the card hash of the session that speaks */
async function call(at: TestServer): Promise<{ cardHash: Uint8Array; talker: Talker }> {
  const talker = await Talker.call(at.chatUrl('metadata=1'));
  const session = () => talker.metadata.find((m) => m.type === 'session');
  expect(await until(() => session() !== undefined)).toBe(true);
  return { cardHash: parseCard(fromHex(session()!.card as string)).cardHash, talker };
}

const client = (format: 'json' | 'msgpack') =>
  createChannelClient({ resolvers: [{ url: operator.url }], format, WebSocket: null, timeoutMs: 20_000 });

/** Twelve at once are numbered in order until eight wait; one more is taken for each turn that the sealed lane had meanwhile. */
async function fill(channel: VerificationChannel, cardHash: Uint8Array): Promise<void> {
  const lengths = [8, 64, ...Array<number>(10).fill(16)];
  const answers = await Promise.all(lengths.map((bytes) => channel.challenge(cardHash, randomBytes(bytes))));
  const numbers = answers.flatMap((a) => (a && 'number' in a ? [a.number] : [])).sort((a, b) => a - b);
  expect(numbers.length).toBeGreaterThanOrEqual(8);
  expect(numbers.length).toBeLessThan(12);
  expect(numbers).toEqual(Array.from(numbers.keys()));
  expect(answers.filter((a) => a && 'refused' in a)).toEqual(Array(12 - numbers.length).fill(BUSY));
}

describe('a nonce for the voice of a call', () => {
  it.each(['json', 'msgpack'] as const)('gets its number, and is refused where eight wait, in %s', async (format) => {
    const { cardHash, talker } = await call(server);
    await fill(client(format), cardHash);
    talker.hangUp();
  });

  it('gets its number within one process too, until the call is over', async () => {
    const { cardHash, talker } = await call(ofItself);
    const { channel } = ofItself.identity;
    await fill(channel, cardHash);
    talker.hangUp();
    let answer: ChallengeAnswer | null = BUSY;
    const over = (): boolean => answer !== null && 'refused' in answer && answer.refused === NOBODY.refused;
    for (const end = Date.now() + 10_000; Date.now() < end && !over(); await sleep(20))
      answer = await channel.challenge(cardHash, randomBytes(16));
    expect(answer).toEqual(NOBODY);
    expect(await channel.challenge(randomBytes(32), randomBytes(16))).toBeNull();
  });

  it('is refused where nobody answers in the voice, and again when the call is over', async () => {
    const speaking = await operator.start(request());
    const { cardHash } = speaking.session;
    const channel = client('msgpack');
    expect(await channel.challenge(cardHash, randomBytes(16))).toEqual(NOBODY);
    const taken: string[] = [];
    speaking.answerWith((nonce) => taken.push(hex(nonce)) - 1);
    const nonces = [randomBytes(8), randomBytes(64)];
    for (const [number, nonce] of nonces.entries()) expect(await channel.challenge(cardHash, nonce)).toEqual({ number });
    expect(taken).toEqual(nonces.map(hex));
    await speaking.end([]);
    // Without a slot said, the session's last key is none: it is forgotten at once, or still ends.
    expect([null, NOBODY]).toContainEqual(await channel.challenge(cardHash, randomBytes(16)));
  });

  it('must be one, for a session that is known', async () => {
    const { session } = await operator.start(request());
    const post = async (card: Uint8Array, query: string, init: RequestInit = {}) => {
      const answer = await fetch(`${operator.url}/v1/sessions/${hex(card)}/challenge${query}`, { method: 'POST', ...init });
      return [answer.status, ((await answer.json()) as { error?: string }).error];
    };
    const nonce = (bytes: number): string => `?nonce=${hex(randomBytes(bytes))}`;
    for (const bad of [
      '',
      nonce(7),
      nonce(65),
      `${nonce(8)}0`,
      '?nonce=not-hexadecimal-at-all',
      `${nonce(8)}&nonce=${'0'.repeat(16)}`,
    ])
      expect(await post(session.cardHash, bad)).toEqual([400, 'bad-request']);
    expect(await post(session.cardHash.subarray(1), nonce(16))).toEqual([400, 'bad-request']);
    expect(await post(session.cardHash, nonce(16), { body: ' '.repeat(2000) })).toEqual([413, 'bad-request']);
    expect(await post(session.cardHash, nonce(16), { method: 'GET' })).toEqual([404, 'not-found']);
    expect(await post(randomBytes(32), nonce(16))).toEqual([404, 'session-unknown']);
    expect(await client('json').challenge(randomBytes(32), randomBytes(16))).toBeNull();
  });
});
