/** What a call and its voice thread say to each other, on two lines: an ear and a mouth. */
import type { Checkpoint, SessionSecrets, SlotRecord } from '@undertone/token';
import type { MarkedFrames, VoiceOptions } from '../media/marked-out.ts';

export interface EarTalk {
  readonly setup: { readonly ear: true };
  /** Bytes of the caller's Ogg stream. */
  readonly work: { readonly ogg: Uint8Array };
  /** The frames that they complete, and the packets among them that did not decode. */
  readonly result: { readonly frames: readonly Float32Array[]; readonly badPackets: number };
  readonly questions: Record<never, never>;
}

export interface MouthTalk {
  readonly setup: MouthSetup;
  readonly work: { readonly samples: Float32Array } | { readonly interrupt: true };
  readonly result: Said | { readonly record: SlotRecord } | SessionEnd | { readonly speaks: Uint8Array } | Notice;
  readonly questions: {
    /** Goes on under another session after a slot; false when it is too late for that. */
    readonly renew: { readonly ask: { readonly session: SessionSecrets; readonly lastSlot: number }; readonly answer: boolean };
    /** A nonce for the session with a card. The answer is its number; null when that session does not speak, or too many wait. */
    readonly challenge: {
      readonly ask: { readonly cardHash: Uint8Array; readonly nonce: Uint8Array };
      readonly answer: number | null;
    };
    /** Ends the voice: what is still to be signed comes before the answer. */
    readonly close: { readonly ask: null; readonly answer: MarkedFrames };
  };
}

export interface MouthSetup {
  /** Secrets; they go to threads of this process and nowhere else. */
  readonly session: SessionSecrets;
  readonly voice: VoiceOptions;
  /** Whether the marked samples are wanted too. */
  readonly echo: boolean;
}

/** A packet as it is to go out; there is one for each that was said, in order. */
export interface Said {
  readonly data: Uint8Array;
  /** The marked samples, where they are wanted. */
  readonly samples: Float32Array | null;
  /** Time that marking and encoding took. */
  readonly ms: number;
  /** So far. */
  readonly marked: MarkedFrames;
}

/** The last record of a session is signed. */
export interface SessionEnd {
  readonly ended: Uint8Array;
  readonly checkpoints: readonly Checkpoint[];
}

/** Of the encoder. */
export interface Notice {
  readonly notice: 'speech-not-carrying' | 'session-ended';
}

export type VoiceThreadTalk = EarTalk | MouthTalk;
