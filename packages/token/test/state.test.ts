import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CheckedTag, SpanEvent, SpanState } from '../src/index.ts';
import {
  arrivedInTime,
  CLOCK_BOUND_LIFE_MS,
  disclosureTimeMs,
  isVerified,
  MarkLoss,
  opensSpan,
  operatorTimeUpperBound,
  SPAN_EVENTS,
  SPAN_STATES,
  TagTally,
  tagBits,
  transition,
  UnexplainedSpeech,
  verifySignedTime,
} from '../src/index.ts';
import { flip, seeded, session, T0 } from './fixtures.ts';

const end = (events: readonly SpanEvent[], from: SpanState = 'absent'): SpanState => events.reduce(transition, from);

describe('states', () => {
  it('are defined for every event', () => {
    for (const state of SPAN_STATES) for (const event of SPAN_EVENTS) expect(SPAN_STATES).toContain(transition(state, event));
  });

  it('become verified by proof alone', () => {
    for (const state of SPAN_STATES) {
      for (const event of SPAN_EVENTS) {
        const after = transition(state, event);
        if (isVerified(after) && after !== state) expect(['proven-live', 'proven-offline']).toContain(event);
      }
    }
  });

  it('are revoked from anywhere, for good', () => {
    for (const state of SPAN_STATES) expect(transition(state, 'revoked')).toBe('revoked');
    for (const event of SPAN_EVENTS) expect(transition('revoked', event)).toBe('revoked');
  });

  it('never reach live from a recording', () => {
    const offline = SPAN_EVENTS.filter((event) => event !== 'proven-live');
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...offline)), (events) => {
        expect(end(events)).not.toBe('live');
      }),
    );
    expect(transition('attested', 'proven-live')).toBe('attested');
  });

  it.each<[string, SpanEvent[], SpanState]>([
    ['a locator claims, no more', ['locator', 'locator', 'undecided'], 'claimed'],
    ['proof makes live', ['locator', 'proven-live'], 'live'],
    ['live lasts through silence', ['proven-live', 'silence', 'silence', 'undecided'], 'live'],
    ['until it has lasted too long', ['proven-live', 'silence-timeout'], 'stale'],
    ['speech without mark makes stale', ['proven-live', 'unexplained-speech'], 'stale'],
    ['a locator does not refresh', ['proven-live', 'silence-timeout', 'locator'], 'stale'],
    ['fresh proof does', ['proven-live', 'silence-timeout', 'proven-live'], 'live'],
    ['bits without their words conflict', ['locator', 'digest-mismatch'], 'conflict'],
    ['so does a wrong key', ['proven-live', 'key-mismatch'], 'conflict'],
    ['and failing tags', ['proven-live', 'tags-failed'], 'conflict'],
    ['conflict ends by fresh proof', ['locator', 'tags-failed', 'proven-live'], 'live'],
    ['a recording is attested', ['locator', 'proven-offline', 'unexplained-speech'], 'attested'],
    ['and its conflict stays', ['proven-offline', 'digest-mismatch', 'proven-offline'], 'conflict'],
    ['a key that fits nothing says nothing without a mark', ['key-mismatch'], 'absent'],
  ])('%s', (_, events, state) => {
    expect(end(events)).toBe(state);
  });

  it('open a new span when proof is regained', () => {
    expect(opensSpan('stale', 'live')).toBe(true);
    expect(opensSpan('conflict', 'live')).toBe(true);
    expect(opensSpan('claimed', 'live')).toBe(false);
  });
});

const tag = (epoch: number, change: Partial<CheckedTag> = {}): CheckedTag => ({
  epoch,
  holds: true,
  candidates: 1,
  words: 'match',
  ...change,
});

describe('tag evidence', () => {
  it('needs two tags tried once, and more with more candidates', () => {
    const tally = new TagTally();
    tally.add(tag(1));
    tally.add(tag(1));
    expect([tally.bits, tally.enough]).toEqual([24, false]);
    tally.add(tag(2, { candidates: 2 }));
    expect([tally.bits, tally.enough]).toEqual([47, false]);
    tally.add(tag(3));
    expect(tally.enough).toBe(true);
    expect(tagBits(2 ** 30)).toBe(0);
    expect(() => tagBits(0.5)).toThrow('bad-argument');
  });

  it('counts no tag over words that are not the signed ones, or were not all heard', () => {
    const tally = new TagTally();
    for (const [epoch, words] of (['mismatch', 'undecided', 'match'] as const).entries()) tally.add(tag(epoch, { words }));
    expect(tally.bits).toBe(24);
  });

  it('fails with two of the last four', () => {
    const tally = new TagTally();
    for (const holds of [false, true, true, true, false]) tally.add(tag(1, { holds }));
    expect(tally.failed).toBe(false);
    tally.add(tag(2, { holds: false }));
    expect(tally.failed).toBe(true);
    tally.reset();
    expect([tally.failed, tally.bits]).toEqual([false, 0]);
  });

  it('calls two slots of unexplained speech, silence between them or not', () => {
    const watch = new UnexplainedSpeech();
    expect([watch.slot(1500, 1), watch.slot(0, 0), watch.slot(1000, 3.9)]).toEqual([false, false, true]);
    watch.reset();
    expect([watch.slot(1500, 1), watch.slot(1500, 20), watch.slot(1500, 1)]).toEqual([false, false, false]);
  });
});

describe('the fall of W', () => {
  const frames = (bits: number, slots = 1) => new Float32Array(32 * slots).fill(bits / 32);

  it('calls a takeover after one slot of foreign speech, and no single bad frame', () => {
    const watch = new MarkLoss();
    expect([watch.slot(frames(30)), watch.slot(frames(-25))]).toEqual([false, true]);
    watch.reset();
    const bad = frames(30);
    bad[7] = -10;
    expect(watch.slot(bad)).toBe(false);
  });

  it('adds up over slots, also where a slot begins with the mark', () => {
    const watch = new MarkLoss();
    const half = Float32Array.from({ length: 32 }, (_, f) => (f < 16 ? 1 : -0.5));
    expect([watch.slot(half), watch.slot(frames(-3)), watch.slot(frames(-8))]).toEqual([false, false, true]);
  });

  it('calls a voice whose every other piece is somebody else’s', () => {
    const pieces = Float32Array.from({ length: 32 }, (_, f) => (f % 16 < 8 ? 1.25 : -0.75));
    const watch = new MarkLoss();
    expect([1, 2, 3].map(() => watch.slot(pieces))).toEqual([false, false, true]);
  });

  it('forgets small holes with time', () => {
    const hole = Float32Array.from({ length: 32 }, (_, f) => (f === 10 ? -6 : 1));
    const watch = new MarkLoss();
    expect(Array.from({ length: 40 }, (_, s) => watch.slot(s % 2 === 0 ? hole : frames(30)))).not.toContain(true);
  });
});

describe('clock bound', () => {
  const made = session();
  const nonce = seeded('nonce')(16);
  const answer = { nonce, timeMs: T0 + 5000, signature: made.signTime(nonce, T0 + 5000) };

  it('takes only an answer to its own nonce, from its own session', () => {
    expect(verifySignedTime(answer, nonce, made.card)).toBe(true);
    expect(verifySignedTime(answer, flip(nonce, 0), made.card)).toBe(false);
    expect(verifySignedTime({ ...answer, timeMs: T0 }, nonce, made.card)).toBe(false);
    expect(verifySignedTime({ ...answer, timeMs: -1 }, nonce, made.card)).toBe(false);
    expect(verifySignedTime(answer, nonce, session({ random: seeded('other') }).card)).toBe(false);
    expect(() => made.signTime(nonce.slice(1), T0)).toThrow('time-malformed');
  });

  it('grows a little faster than the local clock', () => {
    expect(operatorTimeUpperBound(1000, 50, 50)).toBe(1000);
    expect(operatorTimeUpperBound(1000, 50, 10_050)).toBeCloseTo(11_002, 6);
  });

  it('lets a slot count only when sound and record both came before its key', () => {
    const bound = { timeMs: T0, askedAtMs: 0 };
    const limit = disclosureTimeMs(made.card, 3) - T0;
    const early = limit - 10;
    expect(arrivedInTime(made.card, 3, bound, early, early)).toBe(true);
    expect(arrivedInTime(made.card, 3, bound, limit, early)).toBe(false);
    expect(arrivedInTime(made.card, 3, bound, early, limit)).toBe(false);
    expect(arrivedInTime(made.card, 3, null, early, early)).toBe(false);
    expect(arrivedInTime(made.card, 3, bound, -1, early)).toBe(false);
    expect(arrivedInTime(made.card, 300, bound, CLOCK_BOUND_LIFE_MS + 1, 0)).toBe(false);
    expect(arrivedInTime(made.card, 3, bound, Number.NaN, early)).toBe(false);
  });
});
