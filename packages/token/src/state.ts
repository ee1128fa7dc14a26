/**
 * The verifier's state machine, one machine for each (channel, session) span (protocol/spec/09-verifier-states.md).
 *
 * Whether an event has happened is decided elsewhere (match.ts, evidence.ts, clock-bound.ts, card-verify.ts); what it means
 * is this table and nothing else.
 */

export const SPAN_STATES: readonly SpanState[] = ['absent', 'claimed', 'live', 'attested', 'stale', 'conflict', 'revoked'];
export type SpanState =
  /** No mark seen. Proves nothing. */
  | 'absent'
  /** A LOC frame whose check holds. Never shown as verified. */
  | 'claimed'
  /** During a call: bits, digest and arrival rule hold. */
  | 'live'
  /** From a recording: signed evidence holds. */
  | 'attested'
  /** Was live, and has not been proven lately. */
  | 'stale'
  /** A mark is present, and key, digest or tags contradict it. */
  | 'conflict'
  /** The status of the card or issuer, at that time, is not valid. Final. */
  | 'revoked';

export type SpanEvent =
  /** A LOC frame with a holding check. */
  | 'locator'
  /** Bits, digest and arrival rule hold for the same slots. */
  | 'proven-live'
  /** From a recording: bits and digest hold under signed records, or checkpoint and weak digests do. */
  | 'proven-offline'
  /** Bits pass and the digest can't be judged: noise, overlap, too little speech. */
  | 'undecided'
  /** A slot without speech: a pause, a hold, the other side's turn. */
  | 'silence'
  /** No proof for thirty seconds. */
  | 'silence-timeout'
  /** Speech that the mark does not explain: another voice, a hold's music, a transfer, the mark removed. */
  | 'unexplained-speech'
  /** Speech for which no record or key came while it could still count. */
  | 'channel-lost'
  /** The session's last slot is over: its card expired, or its renewal notice ended it. */
  | 'ended'
  /** Bits pass and the digest fails: the mark was laid on other speech. */
  | 'digest-mismatch'
  /** A mark is present and the disclosed key does not hash down to K_0. */
  | 'key-mismatch'
  /** Two failed tags in four. */
  | 'tags-failed'
  /** Two different signed records of one slot. */
  | 'equivocation'
  /** The status list says so, for that time. */
  | 'revoked';

/**
 * Read: on this event (row), from the state over the column, go to the state in the cell.
 *
 * `absent` can go to `live` at once because a verifier that has the card from signalling needs no LOC frame. Only fresh proof
 * leaves `stale` and `conflict`. A recording never becomes `live`, and its `conflict` stays: a later good stretch is a span of its own.
 */
// biome-ignore format: a table is read by its columns
const TABLE: { readonly [event in SpanEvent]: readonly SpanState[] } = {
  //                      absent      claimed     live        attested    stale       conflict    revoked
  'locator':            ['claimed',  'claimed',  'live',     'attested', 'stale',    'conflict', 'revoked'],
  'proven-live':        ['live',     'live',     'live',     'attested', 'live',     'live',     'revoked'],
  'proven-offline':     ['attested', 'attested', 'live',     'attested', 'stale',    'conflict', 'revoked'],
  'undecided':          ['claimed',  'claimed',  'live',     'attested', 'stale',    'conflict', 'revoked'],
  'silence':            ['absent',   'claimed',  'live',     'attested', 'stale',    'conflict', 'revoked'],
  'silence-timeout':    ['absent',   'claimed',  'stale',    'attested', 'stale',    'conflict', 'revoked'],
  'unexplained-speech': ['absent',   'claimed',  'stale',    'attested', 'stale',    'conflict', 'revoked'],
  'channel-lost':       ['absent',   'claimed',  'stale',    'attested', 'stale',    'conflict', 'revoked'],
  'ended':              ['absent',   'claimed',  'stale',    'attested', 'stale',    'conflict', 'revoked'],
  'digest-mismatch':    ['conflict', 'conflict', 'conflict', 'conflict', 'conflict', 'conflict', 'revoked'],
  'key-mismatch':       ['absent',   'conflict', 'conflict', 'conflict', 'conflict', 'conflict', 'revoked'],
  'tags-failed':        ['absent',   'conflict', 'conflict', 'conflict', 'conflict', 'conflict', 'revoked'],
  'equivocation':       ['absent',   'conflict', 'conflict', 'conflict', 'conflict', 'conflict', 'revoked'],
  'revoked':            ['revoked',  'revoked',  'revoked',  'revoked',  'revoked',  'revoked',  'revoked'],
};

export const SPAN_EVENTS: readonly SpanEvent[] = Object.keys(TABLE) as SpanEvent[];

/** The next state. */
export function transition(state: SpanState, event: SpanEvent): SpanState {
  return TABLE[event][SPAN_STATES.indexOf(state)];
}

/** Whether the step begins a new span in the report: proof regained after `stale` or `conflict`. */
export function opensSpan(before: SpanState, after: SpanState): boolean {
  return (before === 'stale' || before === 'conflict') && after === 'live';
}

/** Whether a state may be shown as verified. */
export function isVerified(state: SpanState): boolean {
  return state === 'live' || state === 'attested';
}

/** `full`: signed slot digests matched; `weak`: only the 22-bit digests of AUTH frames; `none`: nothing was compared. */
export type Content = 'full' | 'weak' | 'none';

/** `call`: the signed audience equals an identifier from the verifier's own signalling. */
export type Bound = 'call' | 'none';

/** Whether the card behind a locator is known. */
export type Resolution = 'resolved' | 'unresolvable';

/** Who says when it was spoken: the operator alone, or a log's witness. */
export type Time = 'asserted' | 'witnessed';
