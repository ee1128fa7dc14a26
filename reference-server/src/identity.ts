/** What the media side of a call needs from the identity side: a session to speak under, and a place to publish. */
import type { AnswerNonce } from '@undertone/channel';
import type { Checkpoint, Session, SlotRecord } from '@undertone/token';
import type { Persona } from './engines/engine.ts';

/** Who is going to speak. */
export interface IdentityRequest {
  readonly agent: string;
  readonly scope: readonly string[];
  /** Whom the call is for, from the caller's signalling; absent means anyone. */
  readonly audience?: string;
  readonly persona: Persona;
  /** Start of the first model frame, ms since 1970. */
  readonly t0Ms: number;
  /** Longest life of the call, seconds. */
  readonly durationSeconds: number;
}

/** What happens to a persona during a call. Part of the session's record. */
export type PersonaEvent =
  | { readonly type: 'persona-changed'; readonly atMs: number; readonly persona: Persona }
  | { readonly type: 'persona-reinjected'; readonly atMs: number; readonly persona: Persona }
  /** The voice moved away from its reference; `distance` is in standard deviations of the reference itself. */
  | { readonly type: 'voice-drift'; readonly atMs: number; readonly distance: number };

/** One call's identity. Every promise is fulfilled when the matter is durable and rejected when it is not: the call then ends. */
export interface SpeakingSession {
  readonly session: Session;
  /** Stores a slot record and hands it to the verification channel. */
  publish(record: SlotRecord): Promise<void>;
  event(event: PersonaEvent): Promise<void>;
  /** Says who answers verifiers' nonces in the voice, from now to the end of the call. */
  answerWith(answer: AnswerNonce): void;
  /** The call is over. Keys that are not due yet are still disclosed when they are. */
  end(checkpoints: readonly Checkpoint[]): Promise<void>;
}

/** The identity side of a server. */
export interface Identity {
  /** Starts a session. Rejects when it cannot be made durable: without identity nothing is spoken. */
  start(request: IdentityRequest): Promise<SpeakingSession>;
  close(): Promise<void>;
}
