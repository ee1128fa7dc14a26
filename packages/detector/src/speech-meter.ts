/** Where somebody speaks, mark or no mark: the loudness of each 80 ms against the loudest of the last half minute. */
import { CORE_RATE, FRAME } from '@undertone/signal';

/** Speech is what stands less than this under the loudest frame lately, dB. */
const RANGE_DB = 30;
/** Nothing quieter than this is speech, dB re full scale. */
const FLOOR_DB = -55;
/** The loudest frame is forgotten at 1 dB per second. */
const FORGET_DB = (FRAME / CORE_RATE) * 1;

/** Measures core-rate sound. */
export class SpeechMeter {
  #speech = new Uint8Array(1024);
  #frames = 0;
  #energy = 0;
  #samples = 0;
  #loudest = -Infinity;

  push(samples: Float32Array): void {
    for (const v of samples) {
      this.#energy += v * v;
      if (++this.#samples < FRAME) continue;
      this.#end();
    }
  }

  #end(): void {
    const level = 10 * Math.log10(this.#energy / FRAME + 1e-12);
    this.#loudest = Math.max(this.#loudest - FORGET_DB, level);
    if (this.#frames === this.#speech.length) {
      const grown = new Uint8Array(2 * this.#frames);
      grown.set(this.#speech);
      this.#speech = grown;
    }
    this.#speech[this.#frames++] = level > Math.max(this.#loudest - RANGE_DB, FLOOR_DB) ? 1 : 0;
    this.#energy = 0;
    this.#samples = 0;
  }

  /** Frames of 80 ms measured so far. */
  get frames(): number {
    return this.#frames;
  }

  /** Whether the 80 ms around a time held speech. */
  at(seconds: number): boolean {
    const frame = Math.floor((seconds * CORE_RATE) / FRAME);
    return frame >= 0 && frame < this.#frames && this.#speech[frame] === 1;
  }

  /** Speech in [from, to), seconds. */
  seconds(from = 0, to: number = Infinity): number {
    const seconds = FRAME / CORE_RATE;
    let n = 0;
    const last = Math.min(this.#frames, Math.round(to / seconds));
    for (let f = Math.max(0, Math.round(from / seconds)); f < last; f++) n += this.#speech[f];
    return n * seconds;
  }
}
