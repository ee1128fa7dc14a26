import { type ChannelClient, createChannelClient, type WebSocketConstructor } from '@undertone/channel';
import { createDetector } from '@undertone/detector';
import { createEncoder } from '@undertone/encoder';
import {
  disclosureTimeMs,
  hex,
  parsePersonaEvent,
  parseRenewal,
  randomBytes,
  SLOT_MS,
  type SlotRecord,
  type TrustStore,
  verifySignedTime,
} from '@undertone/token';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { speech, telephone } from '../../test/call.ts';
import type { Operator } from '../src/channel/operator.ts';
import { operatorNowMs } from '../src/clock.ts';
import { request, testOperator } from './operator.ts';

const RATE = 16000;
const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

let operator: Operator;
let trust: TrustStore;
let remove: () => void;
beforeAll(async () => {
  ({ operator, trust, remove } = await testOperator());
});
let closed = false;
async function close(): Promise<void> {
  if (!closed) await operator?.close();
  closed = true;
}
afterAll(async () => {
  await close();
  remove?.();
});

const client = (options: Partial<Parameters<typeof createChannelClient>[0]> = {}): ChannelClient =>
  createChannelClient({
    resolvers: [{ url: operator.url }],
    WebSocket: WebSocket as unknown as WebSocketConstructor,
    ...options,
  });

/** Speaks silence in real time: only the records and keys matter. */
function record(slot: number) {
  return { slot, sentMap: 0, sealedBits: new Uint8Array(8), digest: new Uint8Array(64), state: 'void' as const };
}

interface Heard {
  readonly what: string;
  readonly atMs: number;
}

/** Follows a session to its end and says what came when. */
function follow(channel: ChannelClient, cardHash: Uint8Array): { heard: Heard[]; ended: Promise<void>; stop: () => void } {
  const heard: Heard[] = [];
  const note = (what: string): void => void heard.push({ what, atMs: operatorNowMs() });
  let stop = (): void => {};
  const ended = new Promise<void>((resolve) => {
    stop = channel.subscribe(cardHash, {
      record: (bytes) => note(`record ${hex(bytes)}`),
      key: (slot, key) => note(`key ${slot} ${hex(key)}`),
      persona: (bytes) => note(`persona ${parsePersonaEvent(bytes).kind}`),
      renewal: (bytes) => note(`renewal ${parseRenewal(bytes).lastSlot}`),
      end: resolve,
    });
  });
  return { heard, ended, stop };
}

const FORMS: [string, Partial<Parameters<typeof createChannelClient>[0]>][] = [
  ['msgpack over WebSocket', {}],
  ['JSON over WebSocket', { format: 'json' }],
  ['msgpack by polling', { WebSocket: null }],
  ['JSON by polling', { WebSocket: null, format: 'json' }],
];

describe('the verification channel', () => {
  it.each(FORMS)('resolves a locator and signs the time: %s', async (_, options) => {
    const { session } = await operator.start(request());
    const channel = client(options);
    const [found, ...others] = await channel.resolve(session.locator);
    expect(others).toEqual([]);
    expect(hex(found.card)).toBe(hex(session.card.bytes));
    expect(found.claims).toEqual(session.claims);
    expect(await channel.resolve(randomBytes(6))).toEqual([]);

    const nonce = randomBytes(16);
    const time = await channel.time(session.cardHash, nonce);
    expect(verifySignedTime({ ...time!, nonce }, nonce, session.card)).toBe(true);
    expect(verifySignedTime({ ...time!, nonce }, randomBytes(16), session.card)).toBe(false);
    expect(await channel.time(randomBytes(32), nonce)).toBeNull();
    channel.close();
  });

  it('sends records at once and each key at its time, never before, in every form and to who comes late', async () => {
    const speaking = await operator.start(request());
    const { session } = speaking;
    const clients = FORMS.map(([, options]) => client(options));
    const follows = clients.map((channel) => follow(channel, session.cardHash));
    const expected: { what: string; notBeforeMs: number; beforeMs: number }[] = [];
    await speaking.event({ type: 'persona-reinjected', atMs: operatorNowMs(), persona: request().persona });
    await speaking.event({ type: 'voice-drift', atMs: operatorNowMs(), distance: 0.6 });
    for (const kind of ['reinjected', 'drifted']) expected.push({ what: `persona ${kind}`, notBeforeMs: 0, beforeMs: Infinity });
    for (const slot of [1, 2]) {
      await wait(session.card.t0Ms + slot * SLOT_MS + 200 - operatorNowMs());
      const made = session.createRecord(record(slot));
      const dueMs = disclosureTimeMs(session.card, slot);
      expected.push({ what: `record ${hex(made.bytes)}`, notBeforeMs: operatorNowMs(), beforeMs: dueMs });
      expected.push({ what: `key ${slot} ${hex(session.keyForSlot(slot))}`, notBeforeMs: dueMs, beforeMs: Infinity });
      await speaking.publish(made);
    }
    await speaking.end([]);
    expected.push({ what: 'renewal 2', notBeforeMs: 0, beforeMs: Infinity });
    await Promise.all(follows.map(({ ended }) => ended));
    const late = follow(clients[0], session.cardHash);
    await late.ended;
    expect(late.heard.map(({ what }) => what)).toEqual(follows[0].heard.map(({ what }) => what));
    for (const { heard } of follows) {
      expect(heard.map(({ what }) => what).sort()).toEqual(expected.map(({ what }) => what).sort());
      for (const { what, atMs } of heard) {
        const { notBeforeMs, beforeMs } = expected.find((e) => e.what === what)!;
        expect(atMs).toBeGreaterThanOrEqual(notBeforeMs);
        expect(atMs).toBeLessThan(beforeMs);
      }
    }
    for (const channel of clients) channel.close();
  });

  it('refuses a record whose slot is closed, so that what was disclosed never changes', async () => {
    // A call whose first slots passed without a record, longer ago than a missing record is waited for.
    const speaking = await operator.start({ ...request(), t0Ms: Math.floor(operatorNowMs()) - 60_000, durationSeconds: 120 });
    await wait(50);
    await expect(speaking.publish(speaking.session.createRecord(record(3)))).rejects.toMatchObject({
      code: 'identity-record-late',
    });
  });

  it('makes a verifier live over the network, without a word in its favour from the server', async () => {
    const words = (await speech('it-m')).subarray(0, 16 * RATE);
    // Marked beforehand, so that a busy machine only has to listen in real time.
    const speaking = await operator.start({ ...request(), t0Ms: Math.floor(operatorNowMs()) + 5000 });
    const { session } = speaking;
    const waiting: SlotRecord[] = [];
    const encoder = createEncoder({ session, sampleRate: RATE, onRecord: (made) => waiting.push(made) });
    const heard = telephone(encoder.process(words));
    await wait(session.card.t0Ms - operatorNowMs());
    const channel = client();
    const detector = createDetector({
      sampleRate: 8000,
      trust,
      channel,
      expect: [{ card: session.card.bytes, claims: session.claims }],
    });
    const heardOf: string[] = [];
    for (let at = 0; at < heard.length && !heardOf.includes('live'); at += 800) {
      const nowMs = session.card.t0Ms + (at + 800) / 8;
      await wait(nowMs - operatorNowMs());
      while (waiting.length > 0 && session.card.t0Ms + waiting[0].slot * SLOT_MS + 400 <= nowMs)
        void speaking.publish(waiting.shift()!).catch((error: Error) => heardOf.push(error.message));
      for (const event of detector.push(heard.subarray(at, at + 800)))
        heardOf.push(event.type === 'state' ? event.state : JSON.stringify(event));
    }
    expect(heardOf).toContain('live');
    channel.close();
  });

  it('closes when the last keys of calls that are over are out and their records signed', async () => {
    const speaking = await operator.start(request());
    const { session } = speaking;
    const channel = client();
    const { heard, ended, stop } = follow(channel, session.cardHash);
    await wait(session.card.t0Ms + SLOT_MS + 200 - operatorNowMs());
    await speaking.publish(session.createRecord(record(1)));
    await speaking.end([]);
    const dueMs = disclosureTimeMs(session.card, 1);
    expect(operatorNowMs()).toBeLessThan(dueMs);
    await close();
    expect(operatorNowMs()).toBeGreaterThanOrEqual(dueMs);
    await ended;
    expect(heard.map(({ what }) => what.split(' ')[0])).toEqual(['record', 'renewal', 'key']);
    stop();
    channel.close();
  });
});
