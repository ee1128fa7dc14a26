/** What the media side of a call needs from the identity side: a session to speak under, and a place to publish. */
import type { AnswerNonce } from '@undertone/channel';
import {
  type Checkpoint,
  type Claims,
  hex,
  personaHash,
  type RenewalReason,
  type Session,
  type SlotRecord,
  utf8,
} from '@undertone/token';
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
  /** Life of the card, seconds. */
  readonly durationSeconds: number;
}

/** How a session goes on under another card. */
export interface RenewalRequest {
  /** Last slot under the old card. */
  readonly lastSlot: number;
  readonly reason: Exclude<RenewalReason, 'end' | 'intent-step'>;
  readonly persona: Persona;
  /** Life of the next card, seconds. */
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
  /** Makes the session that continues this one. Nobody follows it before it is announced; one that is not to speak is ended. */
  renew(request: RenewalRequest): Promise<NextSession>;
  /** Nothing more is spoken under this card. Keys that are not due yet are still disclosed when they are. */
  end(checkpoints: readonly Checkpoint[]): Promise<void>;
}

/** A session that is ready to continue another. */
export interface NextSession {
  readonly speaking: SpeakingSession;
  /** Tells those who follow the old session how it goes on. */
  announce(): Promise<void>;
}

/** The identity side of a server. */
export interface Identity {
  /** Starts a session. Rejects when it cannot be made durable: without identity nothing is spoken. */
  start(request: IdentityRequest): Promise<SpeakingSession>;
  close(): Promise<void>;
}

/** What a card states about a persona. */
export function personaClaims({ voice, role }: Persona): Required<Pick<Claims, 'voicePersona' | 'rolePersona'>> {
  return { voicePersona: hex(personaHash('voice', utf8(voice))), rolePersona: hex(personaHash('role', utf8(role))) };
}
