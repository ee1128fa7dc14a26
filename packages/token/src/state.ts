/**
 * The verifier's state machine, one machine for each (channel, session) span (protocol page §4, States).
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
  /** The status of the card or issuer, at that time, is revoked. Final. */
  | 'revoked';

export const SPAN_EVENTS: readonly SpanEvent[] = [
  'locator',
  'proven-live',
  'proven-offline',
  'undecided',
  'silence',
  'silence-timeout',
  'unexplained-speech',
  'digest-mismatch',
  'key-mismatch',
  'tags-failed',
  'revoked',
];
export type SpanEvent =
  /** A LOC frame with a holding check. */
  | 'locator'
  /** 48 fresh bits, matching digests of the same slots, arrival rule held for them. */
  | 'proven-live'
  /** The same without the arrival rule: signed records, or a checkpoint, hold for the recording. */
  | 'proven-offline'
  /** Bits hold, but the digest is undecided: the finding `content-undecided`. */
  | 'undecided'
  /** A slot without speech, within 30 s of the last proof. */
  | 'silence'
  /** 30 s without proof. */
  | 'silence-timeout'
  /** Two slots with at least 1 s of speech each that the mark does not explain (W < 4). */
  | 'unexplained-speech'
  /** Bits pass and the digest fails: the mark was laid on other speech. */
  | 'digest-mismatch'
  /** A mark is present and the disclosed key does not hash down to K_0. */
  | 'key-mismatch'
  /** Two failed tags in four. */
  | 'tags-failed'
  | 'revoked';

type Row = { readonly [event in SpanEvent]: SpanState };

/**
 * Read: in this state (row), on this event, go to that state.
 *
 * `absent` can go to `live` at once because a verifier that has the card from signalling needs no LOC frame. Only fresh proof
 * leaves `stale` and `conflict`. A recording in `conflict` stays there: a later good span is a span of its own.
 */
const TABLE: { readonly [state in SpanState]: Row } = {
  absent: {
    locator: 'claimed',
    'proven-live': 'live',
    'proven-offline': 'attested',
    undecided: 'claimed',
    silence: 'absent',
    'silence-timeout': 'absent',
    'unexplained-speech': 'absent',
    'digest-mismatch': 'conflict',
    'key-mismatch': 'absent',
    'tags-failed': 'absent',
    revoked: 'revoked',
  },
  claimed: {
    locator: 'claimed',
    'proven-live': 'live',
    'proven-offline': 'attested',
    undecided: 'claimed',
    silence: 'claimed',
    'silence-timeout': 'claimed',
    'unexplained-speech': 'claimed',
    'digest-mismatch': 'conflict',
    'key-mismatch': 'conflict',
    'tags-failed': 'conflict',
    revoked: 'revoked',
  },
  live: {
    locator: 'live',
    'proven-live': 'live',
    'proven-offline': 'live',
    undecided: 'live',
    silence: 'live',
    'silence-timeout': 'stale',
    'unexplained-speech': 'stale',
    'digest-mismatch': 'conflict',
    'key-mismatch': 'conflict',
    'tags-failed': 'conflict',
    revoked: 'revoked',
  },
  attested: {
    locator: 'attested',
    // A recording never becomes live.
    'proven-live': 'attested',
    'proven-offline': 'attested',
    undecided: 'attested',
    silence: 'attested',
    'silence-timeout': 'attested',
    'unexplained-speech': 'attested',
    'digest-mismatch': 'conflict',
    'key-mismatch': 'conflict',
    'tags-failed': 'conflict',
    revoked: 'revoked',
  },
  stale: {
    locator: 'stale',
    'proven-live': 'live',
    'proven-offline': 'stale',
    undecided: 'stale',
    silence: 'stale',
    'silence-timeout': 'stale',
    'unexplained-speech': 'stale',
    'digest-mismatch': 'conflict',
    'key-mismatch': 'conflict',
    'tags-failed': 'conflict',
    revoked: 'revoked',
  },
  conflict: {
    locator: 'conflict',
    'proven-live': 'live',
    'proven-offline': 'conflict',
    undecided: 'conflict',
    silence: 'conflict',
    'silence-timeout': 'conflict',
    'unexplained-speech': 'conflict',
    'digest-mismatch': 'conflict',
    'key-mismatch': 'conflict',
    'tags-failed': 'conflict',
    revoked: 'revoked',
  },
  revoked: {
    locator: 'revoked',
    'proven-live': 'revoked',
    'proven-offline': 'revoked',
    undecided: 'revoked',
    silence: 'revoked',
    'silence-timeout': 'revoked',
    'unexplained-speech': 'revoked',
    'digest-mismatch': 'revoked',
    'key-mismatch': 'revoked',
    'tags-failed': 'revoked',
    revoked: 'revoked',
  },
};

/** The next state. */
export function transition(state: SpanState, event: SpanEvent): SpanState {
  return TABLE[state][event];
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
