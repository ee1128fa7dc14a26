/** What the detector says in the end: the object that `undertone verify --json` prints (protocol/spec/09-verifier-states.md). */
import type { Bound, Content, Resolution, SpanState, Time } from '@undertone/token';
import type { TwoWay } from './sent-voice.ts';

/** Something that a reader of the report should know; codes are stable. */
export interface Finding {
  readonly code: /** Bits pass, but the digest of a slot was measured too little or is in between. */
    | 'content-undecided'
    /** Bits pass, and the words are not the words that were signed. */
    | 'digest-mismatch'
    /** The sound was heard after its keys were out: a replay, or a verifier without a clock bound. */
    | 'replayed'
    /** Speech inside the span that the mark does not explain. */
    | 'unmarked-speech'
    /** The sound jumps within the session: something was cut out, repeated or put in another order. */
    | 'gap'
    | 'out-of-order'
    /** A mark of another session than the one given. */
    | 'session-mismatch'
    /** The card was revoked or suspended at the time judged. */
    | 'card-revoked'
    | 'card-suspended'
    /** Nobody could be asked whether the card is revoked. */
    | 'status-unknown'
    /** The agent answered another nonce than the one it was given, or not at all in two minutes; its operator takes none, or no more. */
    | 'challenge-mismatch'
    | 'challenge-unanswered'
    | 'challenge-unsupported'
    | 'challenge-busy'
    /** What the agent says it heard does not carry its tag. */
    | 'witness-mismatch'
    /** More than one session in one channel. */
    | 'several-sessions'
    /** The recording is played faster or slower than it was spoken, its pitch with it or kept. */
    | 'speed-changed'
    | 'tempo-changed'
    /** Input samples were not numbers and were taken as silence. */
    | 'samples-repaired'
    /** The card, its record or the clock could not be used; the code is the token package's. */
    | (string & {});
  readonly startSeconds?: number;
  readonly endSeconds?: number;
  readonly detail?: string;
}

/** A stretch of sound that one session marked. */
export interface Span {
  readonly startSeconds: number;
  readonly endSeconds: number;
  readonly state: SpanState;
  readonly content: Content;
  readonly bound: Bound;
  readonly resolution: Resolution;
  readonly time: Time;
  /** The locator in hex; null while only sealed bits were matched. */
  readonly sessionId: string | null;
  readonly issuer: string | null;
  readonly agent: string | null;
  readonly scope: readonly string[];
  readonly firstClaimedSeconds: number | null;
  readonly firstVerifiedSeconds: number | null;
  readonly framesDecoded: number;
  readonly framesExpected: number;
  /** Upper bound on the chance that sound without this mark gives this result. */
  readonly falseAlarmProbability: number;
  readonly findings: readonly Finding[];
}

/** What became of a nonce that was given to the agent during the call. */
export interface ChallengeReport {
  readonly sessionId: string;
  readonly number: number;
  readonly askedSeconds: number;
  /** `answered`: the agent's voice carried the right answer before anyone but the operator could make it. */
  readonly state: 'waiting' | 'answered' | 'failed' | 'unanswered';
  /** When that was known. */
  readonly seconds: number | null;
}

/** Whether an agent heard this side of the call. */
export interface TwoWayReport extends TwoWay {
  readonly sessionId: string;
}

/** One audio channel. */
export interface ChannelReport {
  readonly channel: number;
  readonly state: SpanState;
  readonly speechSeconds: number;
  readonly unmarkedSpeechSeconds: number;
  readonly spans: readonly Span[];
  readonly findings: readonly Finding[];
  /** Nonces given to agents, and what agents heard of this side; empty for a recording. */
  readonly challenges: readonly ChallengeReport[];
  readonly twoWay: readonly TwoWayReport[];
  /** Always true, so that nobody forgets it: finding nothing proves nothing. */
  readonly absenceProvesNothing: true;
}
