/** Every cheat of the page against the page's own detector, on a clock of its own: what the panel promises happens. */
import { InProcessChannel } from '@undertone/channel';
import { createDetector } from '@undertone/detector';
import { createEncoder } from '@undertone/encoder';
import { createSession, generateIssuerKey, parseTrust, publicJwk, type SpanState } from '@undertone/token';
import { beforeAll, describe, expect, it } from 'vitest';
import { Blocks } from '../../page/src/line/blocks.ts';
import { type Cheat, History, startCheat } from '../../page/src/line/cheats.ts';
import type { CheatName } from '../../page/src/threads.ts';
import { speech } from '../support.ts';

const RATE = 24000;
const BLOCK = 960;
const BLOCK_MS = 40;
/** The cheat lasts from here to here, seconds; the agent speaks all the time. */
const FROM = 25;
const TO = 60;
const END = 85;

let voice: Float32Array[];
let stranger: Float32Array[];
beforeAll(async () => {
  voice = new Blocks(BLOCK).push(await speech('it-m'));
  stranger = new Blocks(BLOCK).push(await speech('ru-f'));
});

/** A call with somebody on the line for a while. @returns the changes of state */
async function cheatedCall(name: CheatName): Promise<{ seconds: number; state: SpanState }[]> {
  const issuer = generateIssuerKey('Acme');
  const t0Ms = Date.now();
  let nowMs = t0Ms;
  const session = createSession({ issuer, agent: 'robin', t0Ms });
  const channel = new InProcessChannel(() => nowMs);
  const publish = channel.open(session);
  const encoder = createEncoder({ session, sampleRate: RATE, lookahead: '20ms', nowMs: () => nowMs, onRecord: publish });
  const detector = createDetector({
    sampleRate: RATE,
    trust: parseTrust(publicJwk(issuer)),
    channel,
    clock: () => nowMs,
    expect: [{ card: session.card.bytes, claims: session.claims }],
  });
  const marked = new Blocks(BLOCK);
  const history = new History();
  const states: { seconds: number; state: SpanState }[] = [];
  let cheat: Cheat | null = null;
  for (let n = 0; n * BLOCK_MS < END * 1000; n++) {
    nowMs += BLOCK_MS;
    channel.disclose();
    const seconds = (n * BLOCK_MS) / 1000;
    for (const block of marked.push(encoder.process(voice[n % voice.length]))) {
      history.add(block);
      for (const event of detector.push(cheat ? cheat.hear(block) : block))
        if (event.type === 'state') states.push({ seconds: event.seconds, state: event.state });
    }
    if (seconds === FROM) cheat = await startCheat(name, history, stranger);
    if (seconds === TO) cheat = null;
    // What the channel brings comes between the blocks.
    await new Promise((resolve) => setImmediate(resolve));
  }
  return states;
}

describe('somebody on the line', () => {
  const expected: Readonly<Record<CheatName, readonly SpanState[]>> = {
    impersonate: ['stale'],
    replay: ['stale'],
    delay: ['stale'],
    splice: ['stale'],
    transplant: ['stale', 'conflict'],
  };
  it.each(
    Object.keys(expected) as CheatName[],
  )('%s: the state falls within 12 s, never rises while it lasts, and is live again afterwards', async (name) => {
    const states = await cheatedCall(name);
    const before = states.filter(({ seconds }) => seconds < FROM);
    expect(before.at(-1)?.state).toBe('live');
    const during = states.filter(({ seconds }) => seconds >= FROM && seconds < TO + 1);
    expect(during.map(({ state }) => state)).toEqual(expected[name]);
    expect(during[0].seconds).toBeLessThan(FROM + 12);
    expect(states.at(-1)?.state).toBe('live');
  }, 300_000);
});
