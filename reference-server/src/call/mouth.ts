/** The agent's mouth: what an engine says is marked, then encoded; there is no other way out. */
import { createEncoder, type Encoder, type EncoderNotice, type EncoderStats, type Lookahead } from '@undertone/encoder';
import type { Checkpoint, Session, SlotRecord } from '@undertone/token';
import { ENGINE_RATE } from '../engines/engine.ts';
import { type OpusOptions, OpusOut, PACKET_SAMPLES } from '../media/opus-out.ts';
import type { Voice } from './sessions.ts';

/** How speech is marked and encoded. */
export interface VoiceOptions extends OpusOptions {
  readonly lookahead: Lookahead;
}

export interface MouthOptions extends VoiceOptions {
  readonly session: Session;
  readonly onRecord: (record: SlotRecord) => void;
  /** The last record of a session is signed. */
  readonly onSessionEnd: (session: Session, checkpoints: readonly Checkpoint[]) => void;
  readonly onNotice: (notice: EncoderNotice) => void;
  /** Gets the marked samples as they go out. */
  readonly onSound: (samples: Float32Array) => void;
}

/** One call's outgoing voice. */
export class Mouth implements Voice {
  readonly #encoder: Encoder;
  readonly #opus: OpusOut;
  readonly #onSound: MouthOptions['onSound'];

  private constructor(encoder: Encoder, opus: OpusOut, onSound: MouthOptions['onSound']) {
    this.#encoder = encoder;
    this.#opus = opus;
    this.#onSound = onSound;
  }

  static async open(options: MouthOptions): Promise<Mouth> {
    const encoder = createEncoder({ ...options, sampleRate: ENGINE_RATE, chunkSamples: PACKET_SAMPLES });
    return new Mouth(encoder, await OpusOut.open(options), options.onSound);
  }

  /** Marks and encodes {@link PACKET_SAMPLES} samples. @returns the next bytes of the Ogg stream */
  say(samples: Float32Array): Uint8Array {
    const marked = this.#encoder.process(samples);
    this.#onSound(marked);
    return this.#opus.push(marked);
  }

  get session(): Session {
    return this.#encoder.session;
  }

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

  get stats(): EncoderStats {
    return this.#encoder.stats();
  }

  /** Ends the voice: signs the records of the last slots. */
  close(): void {
    this.#encoder.flush();
    this.#opus.close();
  }
}
