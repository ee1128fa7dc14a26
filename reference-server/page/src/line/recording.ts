/** Sound that is kept to be downloaded. */
import { encodeWav } from '@undertone/audio/wav';
import { ENGINE_RATE } from '../../../src/engines/engine.ts';

/** What is kept of a call at most, seconds: 86 MB. */
export const MAX_SECONDS = 1800;

export class Recording {
  readonly #chunks: Int16Array[] = [];
  #samples = 0;

  add(samples: Float32Array): void {
    if (this.#samples >= MAX_SECONDS * ENGINE_RATE) return;
    this.#chunks.push(Int16Array.from(samples, (v) => Math.max(-32768, Math.min(32767, Math.round(v * 32768)))));
    this.#samples += samples.length;
  }

  /** Everything, −1 … 1. */
  samples(): Float32Array {
    const all = new Float32Array(this.#samples);
    let at = 0;
    for (const chunk of this.#chunks) for (const v of chunk) all[at++] = v / 32768;
    return all;
  }

  /** A WAVE file, 16 bit. */
  wav(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(encodeWav([this.samples()], ENGINE_RATE));
  }
}
