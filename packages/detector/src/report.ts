/** What the detector says in the end: the object that `undertone verify --json` prints (protocol/spec/09-verifier-states.md). */
import type { Bound, Content, Resolution, SpanState, Time } from '@undertone/token';
import type { StatusHistory } from '@undertone/token/status';
import type { EvidenceCode, FindingCode, LogCode } from './finding-codes.ts';
import type { TwoWay } from './sent-voice.ts';

/** Something that a reader of the report should know; codes are stable. */
export interface Finding {
  readonly code: FindingCode | EvidenceCode;
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

/** What a transparency log proved of a session: that it holds its record, or its card where no signed record is there. */
export type LogReport =
  | {
      readonly included: true;
      readonly entry: 'session-record' | 'card';
      readonly index: number;
      readonly size: number;
      /** By then, seconds since 1970, a quorum of witnesses had seen it; null without witnesses. */
      readonly witnessedAt: number | null;
    }
  | { readonly included: false; readonly entry: 'session-record' | 'card'; readonly code: LogCode };

/** A session of the spans whose card is known. */
export interface SessionReport {
  readonly sessionId: string;
  /** The card's 162 bytes in base64url. */
  readonly card: string;
  readonly issuer: string;
  /** From t0 to the end of the last slot that its records sign, or else of the card: ms since 1970, by the operator's word. */
  readonly startMs: number;
  readonly endMs: number;
  /** What status lists say of that time, and a log; null where nobody asked. */
  readonly status: StatusHistory | null;
  readonly log: LogReport | null;
}

/** One audio channel. */
export interface ChannelReport {
  readonly channel: number;
  readonly state: SpanState;
  readonly speechSeconds: number;
  readonly unmarkedSpeechSeconds: number;
  readonly spans: readonly Span[];
  readonly sessions: readonly SessionReport[];
  readonly findings: readonly Finding[];
  /** Nonces given to agents, and what agents heard of this side; empty for a recording. */
  readonly challenges: readonly ChallengeReport[];
  readonly twoWay: readonly TwoWayReport[];
  /** Always true, so that nobody forgets it: finding nothing proves nothing. */
  readonly absenceProvesNothing: true;
}
