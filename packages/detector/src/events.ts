/** What a detector says while it listens. Times are seconds of sound from the first sample. */
import type { DigestVerdict, PersonaEventKind, RenewalReason, SpanEvent, SpanState } from '@undertone/token';
import type { Finding } from './report.ts';
import type { TwoWay } from './sent-voice.ts';

export type DetectorEvent =
  /** Something marked is there, in a chip family not heard before; nobody knows yet whose. */
  | { readonly type: 'mark'; readonly seconds: number; readonly family: number }
  /** A locator was read: a claim, never a proof. */
  | { readonly type: 'claimed'; readonly seconds: number; readonly sessionId: string; readonly falseAlarmProbability: number }
  /** The card behind a locator is known and its signature holds. */
  | {
      readonly type: 'resolved';
      readonly seconds: number;
      readonly sessionId: string;
      readonly issuer: string;
      readonly agent: string | null;
    }
  /** A checkpoint read from the sound alone: the session key signs that many epochs. */
  | { readonly type: 'checkpoint'; readonly seconds: number; readonly sessionId: string; readonly epochs: number }
  /** The state of a session changed. */
  | {
      readonly type: 'state';
      readonly seconds: number;
      readonly sessionId: string;
      readonly previous: SpanState;
      readonly state: SpanState;
      /** What happened. */
      readonly reason: SpanEvent;
      readonly issuer: string;
      readonly agent: string | null;
    }
  /** Live slots passed: how much speaks for the session by now. What it means is said by `state` alone. */
  | {
      readonly type: 'proof';
      readonly seconds: number;
      readonly sessionId: string;
      /** Slots that follow each other and match. */
      readonly slots: number;
      /** Their information in favour of the session's sealed bits, bits. */
      readonly bits: number;
      /** The newest slots' words against the signed ones: digest bits compared, how many differ, and the verdict. */
      readonly compared: number;
      readonly errors: number;
      readonly content: DigestVerdict;
    }
  /** The session is continued under a new card, announced by the old one and linked to it; the new session is followed too. */
  | {
      readonly type: 'renewed';
      readonly seconds: number;
      readonly sessionId: string;
      readonly nextSessionId: string;
      readonly reason: RenewalReason;
    }
  /** The operator signed that the agent's persona was given again, drifted or changed. */
  | {
      readonly type: 'persona';
      readonly seconds: number;
      readonly sessionId: string;
      readonly kind: PersonaEventKind;
      readonly slot: number;
    }
  /** A tag read from the sealed lane was compared; `words` says whether its epoch's 22 bits are those of what was heard. */
  | {
      readonly type: 'tag';
      readonly seconds: number;
      readonly sessionId: string;
      readonly epoch: number;
      readonly holds: boolean;
      readonly words: DigestVerdict;
    }
  /** What became of a nonce that the agent was to answer in its voice. */
  | {
      readonly type: 'challenge';
      readonly seconds: number;
      readonly sessionId: string;
      readonly number: number;
      readonly state: 'answered' | 'failed' | 'unanswered';
    }
  /** The agent has heard this side of the call. */
  | ({ readonly type: 'two-way'; readonly seconds: number; readonly sessionId: string } & TwoWay)
  | { readonly type: 'finding'; readonly seconds: number; readonly sessionId: string | null; readonly finding: Finding };

/** An event of a session without what every one of them has. */
export type EventOfSession = DetectorEvent extends infer E
  ? E extends DetectorEvent
    ? Omit<E, 'seconds' | 'sessionId'>
    : never
  : never;
