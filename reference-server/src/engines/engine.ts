/**
 * What speaks: a full-duplex engine listens and speaks at the same time, 12.5 frames a second each way. The server marks
 * what it says; an engine knows nothing of identity.
 */

/** Rate of every engine, Hz. */
export const ENGINE_RATE = 24000;
/** Samples in a frame: 80 ms. */
export const FRAME_SAMPLES = 1920;
export const FRAME_MS = 80;

/** Voice and role are independent; either can change during a call. */
export interface Persona {
  /** Name of a voice that the engine offers; empty for its first. */
  readonly voice: string;
  /** The instructions: who the agent is and what it does. Empty for the engine's own. */
  readonly role: string;
}

/** How a model chooses among what it could say. What is left out is the engine's own. */
export interface Sampling {
  readonly textTemperature?: number;
  readonly textTopK?: number;
  readonly audioTemperature?: number;
  readonly audioTopK?: number;
  readonly padMultiplier?: number;
  readonly repetitionPenalty?: number;
  readonly repetitionPenaltyContext?: number;
  readonly textSeed?: number;
  readonly audioSeed?: number;
  /** Most frames that the conversation may last. */
  readonly maxSteps?: number;
}

/** 80 ms of the agent's voice. */
export interface SpokenFrame {
  /** {@link FRAME_SAMPLES} samples, −1 … 1; the receiver may keep them. */
  readonly samples: Float32Array;
  /** The piece of text that goes with them; empty for none. */
  readonly text: string;
}

/** What a conversation tells its server. */
export type EngineEvent =
  /** The caller spoke into the agent's speech and the agent gives way: what was spoken but not yet heard is to be dropped. */
  | { readonly type: 'barge-in' }
  /** The conversation cannot go on; the call ends. */
  | { readonly type: 'failed'; readonly code: string; readonly message: string };

/** How a conversation begins. */
export interface ConversationOptions {
  readonly persona: Persona;
  readonly sampling: Sampling;
  readonly onEvent: (event: EngineEvent) => void;
}

/** One call's side of an engine. After {@link close} nothing else is called. */
export interface Conversation {
  /** The persona in force, with names filled in. */
  readonly persona: Persona;
  /** Hears {@link FRAME_SAMPLES} samples of the caller. Returns at once; an engine that is behind keeps or drops them itself. */
  listen(frame: Float32Array): void;
  /** The next 80 ms, silence included. Asked for one at a time and not before they are due; a promise where a model has to work. */
  speak(): SpokenFrame | Promise<SpokenFrame>;
  /**
   * Changes voice, role or both from one of the next frames on. An empty change gives the model the persona in force once
   * more, so that it does not drift in a long call. Rejects with a ServerError `engine-unknown-voice`.
   */
  setPersona(change: Partial<Persona>): Promise<void>;
  /** Stops speaking: the listener, not the caller's voice, wants it. */
  interrupt(): void;
  close(): Promise<void>;
}

/** An engine serves many conversations. */
export interface Engine {
  readonly name: string;
  /** Names of the voices that a persona may ask for; empty where any name is passed on. */
  readonly voices: readonly string[];
  /** Whether its voice may wander from its reference in a long call, and is therefore followed. */
  readonly drifts: boolean;
  /** Whether an empty change of the persona gives the model its persona once more. */
  readonly reinjects: boolean;
  /** Opens a conversation. Rejects with a ServerError `engine-…`. */
  open(options: ConversationOptions): Promise<Conversation>;
  close(): Promise<void>;
}
