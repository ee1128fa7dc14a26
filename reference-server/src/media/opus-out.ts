/** Samples in, Ogg Opus out: 24 kHz mono, one packet of 40 ms in a page, as upstream's servers and clients write it. */
import { OggStreamWriter } from '@undertone/audio/ogg';
import { concat } from '@undertone/token';
import { Application, createEncoder, type OpusEncoderHandle } from 'libopus-wasm';
import { ENGINE_RATE } from '../engines/engine.ts';

/** Samples in a packet: 40 ms, half a frame. */
export const PACKET_SAMPLES = 960;
export const PACKET_MS = 40;

export interface OpusOptions {
  /** Bits per second. */
  readonly bitrate: number;
  /** What a packet may cost in computing, 0 … 10. */
  readonly complexity: number;
}

/** One outgoing voice. */
export class OpusOut {
  readonly #options: OpusOptions;
  #opus: OpusEncoderHandle;
  /** A codec that has heard nothing yet; null while another one is being made. */
  #fresh: OpusEncoderHandle | null = null;
  /** Serial, pre-skip and vendor are those that upstream writes. */
  readonly #ogg = new OggStreamWriter({ serial: 42, preSkip: 3840, inputRate: 48000, vendor: 'KyutaiMoshi' });
  #begun = false;
  #closed = false;

  private constructor(options: OpusOptions, opus: OpusEncoderHandle) {
    this.#options = options;
    this.#opus = opus;
    this.#prepare();
  }

  static async open(options: OpusOptions): Promise<OpusOut> {
    return new OpusOut(options, await codec(options));
  }

  /** @param samples {@link PACKET_SAMPLES} samples @returns the next bytes of the stream; the first have the headers before them */
  push(samples: Float32Array): Uint8Array {
    const page = this.#ogg.packet(this.#opus.encodeFloat(samples), PACKET_SAMPLES * 2);
    if (this.#begun) return page;
    this.#begun = true;
    return concat(...this.#ogg.headers(), page);
  }

  /** Forgets what the codec has heard: it would keep 2.5 to 20 ms of it for the next packet, which is to be silent. */
  interrupt(): void {
    if (!this.#fresh) return;
    this.#opus.free();
    this.#opus = this.#fresh;
    this.#fresh = null;
    this.#prepare();
  }

  #prepare(): void {
    codec(this.#options).then(
      (opus) => {
        if (this.#closed) opus.free();
        else this.#fresh = opus;
      },
      // Without one an interruption is heard a little longer.
      () => {},
    );
  }

  close(): void {
    this.#closed = true;
    this.#opus.free();
    this.#fresh?.free();
  }
}

/** Opus looks 2.5 ms ahead in this form and 6.5 in the one for speech, which at these rates also keeps less of the mark and of the sound. */
function codec({ bitrate, complexity }: OpusOptions): Promise<OpusEncoderHandle> {
  const form = { application: Application.RestrictedLowDelay, frameSize: PACKET_SAMPLES };
  return createEncoder({ ...form, sampleRate: ENGINE_RATE, channels: 1, bitrate, complexity });
}
