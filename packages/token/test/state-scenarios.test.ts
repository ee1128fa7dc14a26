import { describe, expect, it } from 'vitest';
import { isVerified, opensSpan, SPAN_EVENTS, SPAN_STATES, type SpanEvent, type SpanState, transition } from '../src/index.ts';

type Verifier = 'live' | 'late-joining' | 'offline with record' | 'sound only';
type Step = readonly [SpanEvent, SpanState];

/** What each kind of verifier can learn at all: the rest needs a call that goes on, or a channel beside it. */
const OFFLINE: readonly SpanEvent[] = ['locator', 'proven-offline', 'undecided', 'silence', 'digest-mismatch', 'revoked'];
const LEARNS: { readonly [verifier in Verifier]: readonly SpanEvent[] } = {
  live: SPAN_EVENTS.filter((event) => event !== 'proven-offline'),
  'late-joining': SPAN_EVENTS.filter((event) => event !== 'proven-offline'),
  'offline with record': [...OFFLINE, 'unexplained-speech', 'equivocation', 'ended', 'silence-timeout', 'key-mismatch'],
  'sound only': [...OFFLINE, 'unexplained-speech', 'tags-failed', 'key-mismatch', 'ended', 'silence-timeout'],
};

// biome-ignore format: one scenario a line
const SCENARIOS: readonly (readonly [Verifier, string, string])[] = [
  ['live', 'the card known from signalling, no locator heard yet', 'silence absent, proven-live live'],
  ['live', 'a claim that is proven', 'locator claimed, undecided claimed, proven-live live'],
  ['live', 'noise over the words', 'undecided claimed, proven-live live, undecided live'],
  ['live', 'silence', 'proven-live live, silence live, locator live, silence-timeout stale, proven-live live'],
  ['live', 'hold with music', 'proven-live live, unexplained-speech stale, silence stale, silence-timeout stale, proven-live live'],
  ['live', 'transfer to another agent', 'proven-live live, ended stale, unexplained-speech stale, ended stale'],
  ['live', 'transfer before anything was proven', 'locator claimed, ended claimed'],
  ['live', 'barge-in', 'proven-live live, silence live, proven-live live'],
  ['live', 'takeover by an unmarked voice', 'proven-live live, unexplained-speech stale, locator stale, undecided stale'],
  ['live', 'takeover that carries the lifted mark', 'proven-live live, digest-mismatch conflict, unexplained-speech conflict, silence-timeout conflict, proven-live live'],
  ['live', 'a lifted mark from the first word on', 'digest-mismatch conflict, locator conflict, silence conflict, undecided conflict'],
  ['live', 'two marks in one mix, the other one stronger', 'proven-live live, undecided live, unexplained-speech stale, digest-mismatch conflict'],
  ['live', 'a lost channel', 'proven-live live, channel-lost stale, channel-lost stale, proven-live live'],
  ['live', 'a channel that never came', 'channel-lost absent, locator claimed, channel-lost claimed, silence-timeout claimed, unexplained-speech claimed'],
  ['live', 'a channel that gives wrong keys', 'key-mismatch absent, locator claimed, key-mismatch conflict, key-mismatch conflict, channel-lost conflict'],
  ['live', 'wrong keys in a proven call', 'proven-live live, key-mismatch conflict'],
  ['live', 'wrong keys after the call went stale', 'proven-live live, channel-lost stale, key-mismatch conflict, ended conflict'],
  ['live', 'tags that fail', 'tags-failed absent, locator claimed, tags-failed conflict, tags-failed conflict'],
  ['live', 'tags that fail in a proven call', 'proven-live live, tags-failed conflict'],
  ['live', 'tags that fail after the call went stale', 'proven-live live, silence-timeout stale, tags-failed conflict'],
  ['live', 'an operator that signs two records of one slot', 'equivocation absent, proven-live live, equivocation conflict, equivocation conflict'],
  ['live', 'equivocation before proof', 'locator claimed, equivocation conflict'],
  ['live', 'equivocation after the call went stale', 'proven-live live, ended stale, equivocation conflict'],
  ['live', 'a card revoked during the call', 'proven-live live, revoked revoked'],
  ['live', 'a card revoked before the call', 'revoked revoked'],
  ['live', 'a claim whose card is revoked', 'locator claimed, revoked revoked'],
  ['live', 'revoked when stale', 'proven-live live, ended stale, revoked revoked'],
  ['live', 'revoked when in conflict', 'digest-mismatch conflict, revoked revoked'],
  ['live', 'an expired card heard years later: a claim, and never live', 'locator claimed, locator claimed, silence claimed'],
  ['late-joining', 'in the middle of speech', 'unexplained-speech absent, locator claimed, proven-live live'],
  ['late-joining', 'after the session ended', 'ended absent, silence absent, silence-timeout absent'],
  ['late-joining', 'to a mark on other words', 'locator claimed, digest-mismatch conflict'],
  ['offline with record', 'the whole call', 'proven-offline attested, silence attested, silence-timeout attested, proven-offline attested, ended attested'],
  ['offline with record', 'an expired card heard years later, judged at its own time', 'locator claimed, proven-offline attested, locator attested'],
  ['offline with record', 'takeover', 'proven-offline attested, unexplained-speech attested, undecided attested'],
  ['offline with record', 'other words under the mark', 'proven-offline attested, digest-mismatch conflict, proven-offline conflict'],
  ['offline with record', 'equivocation', 'proven-offline attested, equivocation conflict'],
  ['offline with record', 'a record with a wrong key', 'proven-offline attested, key-mismatch conflict'],
  ['offline with record', 'revoked at that time', 'proven-offline attested, revoked revoked, proven-offline revoked'],
  ['sound only', 'card and checkpoint read from the voice', 'locator claimed, proven-offline attested'],
  ['sound only', 'card read, no checkpoint yet', 'locator claimed, undecided claimed, silence claimed'],
  ['sound only', 'tags that fail', 'locator claimed, proven-offline attested, tags-failed conflict'],
  ['sound only', 'a checkpoint over other words', 'locator claimed, digest-mismatch conflict, proven-offline conflict'],
];

/** "event state, event state": what happens, and the state after it. */
const read = (steps: string): readonly Step[] => steps.split(', ').map((step) => step.split(' ') as unknown as Step);

describe.each(['live', 'late-joining', 'offline with record', 'sound only'] as const)('%s verifier', (verifier) => {
  it.each(
    SCENARIOS.filter(([kind]) => kind === verifier).map(([, name, steps]) => [name, read(steps)] as const),
  )('%s', (_, steps) => {
    let state: SpanState = 'absent';
    for (const [event, expected] of steps) {
      expect(LEARNS[verifier], event).toContain(event);
      state = transition(state, event);
      expect(state, `after ${event}`).toBe(expected);
    }
  });
});

describe('the table', () => {
  const visited = new Set<string>();
  for (const [, , steps] of SCENARIOS) {
    let state: SpanState = 'absent';
    for (const [event] of read(steps)) {
      visited.add(`${state} ${event}`);
      state = transition(state, event);
    }
  }

  it('leaves revoked by no event', () => {
    for (const event of SPAN_EVENTS) expect(transition('revoked', event)).toBe('revoked');
  });

  it('has no transition that no scenario takes', () => {
    const changing = SPAN_STATES.flatMap((state) =>
      SPAN_EVENTS.filter((event) => transition(state, event) !== state).map((event) => `${state} ${event}`),
    );
    expect(changing.filter((cell) => !visited.has(cell))).toEqual([]);
  });

  /** States that a verifier can be in, whatever happens to it. */
  function reachable(events: readonly SpanEvent[]): Set<SpanState> {
    const found = new Set<SpanState>(['absent']);
    for (const state of found) for (const event of events) found.add(transition(state, event));
    return found;
  }

  it('never makes a call out of a recording, nor a recording out of a call', () => {
    for (const verifier of ['offline with record', 'sound only'] as const)
      expect([...reachable(LEARNS[verifier])]).not.toContain('live');
    for (const verifier of ['live', 'late-joining'] as const) expect([...reachable(LEARNS[verifier])]).not.toContain('attested');
  });

  it('keeps live through nothing but proof, silence, claims and noise', () => {
    const kept = SPAN_EVENTS.filter((event) => transition('live', event) === 'live');
    expect(kept).toEqual(['locator', 'proven-live', 'proven-offline', 'undecided', 'silence']);
  });

  it('gives verified back by fresh proof alone, as a span of its own', () => {
    for (const state of ['stale', 'conflict'] as const)
      for (const event of SPAN_EVENTS) {
        const next = transition(state, event);
        if (isVerified(next)) expect([event, opensSpan(state, next)]).toEqual(['proven-live', true]);
      }
  });
});
