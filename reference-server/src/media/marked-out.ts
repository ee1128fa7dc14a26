/** Samples in, marked Ogg Opus out; there is no other way out. */
import { createEncoder, type Encoder, type EncoderOptions, type Lookahead } from '@undertone/encoder';
import type { Session } from '@undertone/token';
import { ENGINE_RATE } from '../engines/engine.ts';
import { type OpusOptions, OpusOut, PACKET_SAMPLES } from './opus-out.ts';

/** How speech is marked and encoded. */
export interface VoiceOptions extends OpusOptions {
  readonly lookahead: Lookahead;
}

/** Under which session, and what becomes of what the encoder tells. */
export type MarkedOptions = VoiceOptions & Required<Pick<EncoderOptions, 'session' | 'onRecord' | 'onSessionEnd' | 'onNotice'>>;

/** A packet of speech as it goes out. */
export interface MarkedPacket {
  /** The next bytes of the Ogg stream. */
  readonly data: Uint8Array;
  /** What they carry, {@link PACKET_SAMPLES} samples. */
  readonly samples: Float32Array;
}

/** One outgoing voice. */
export class MarkedOut {
  readonly #encoder: Encoder;
  readonly #opus: OpusOut;

  private constructor(encoder: Encoder, opus: OpusOut) {
    this.#encoder = encoder;
    this.#opus = opus;
  }

  static async open(options: MarkedOptions): Promise<MarkedOut> {
    const encoder = createEncoder({ ...options, sampleRate: ENGINE_RATE, chunkSamples: PACKET_SAMPLES });
    return new MarkedOut(encoder, await OpusOut.open(options));
  }

  /** @param samples {@link PACKET_SAMPLES} samples */
  push(samples: Float32Array): MarkedPacket {
    const marked = this.#encoder.process(samples);
    return { data: this.#opus.push(marked), samples: marked };
  }

  /** The session of the slot that is being spoken. */
  get session(): Session {
    return this.#encoder.session;
  }

  /** Goes on under `next` after a slot. @returns false when it is too late for that */
  renew(next: Session, lastSlot: number): boolean {
    return this.#encoder.renew(next, lastSlot);
  }

  /** Takes a verifier's nonce, to be answered in the voice. @returns its number; null when too many wait */
  challenge(nonce: Uint8Array): number | null {
    return this.#encoder.challenge(nonce);
  }

  /** Drops what was said but is not out yet. */
  interrupt(): void {
    this.#encoder.interrupt();
    this.#opus.interrupt();
  }

  /** Frames that were marked, and of those the ones in which the self-check could read the mark. */
  get frames(): MarkedFrames {
    const { framesMarked, framesCarried } = this.#encoder.stats();
    return { framesMarked, framesCarried };
  }

  /** Ends the voice: signs the records of the last slots. */
  close(): void {
    this.#encoder.flush();
    this.#opus.close();
  }
}

/** Counts of a voice's model frames so far. */
export interface MarkedFrames {
  readonly framesMarked: number;
  readonly framesCarried: number;
}
