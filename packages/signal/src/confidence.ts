/**
 * How far the sums of a track's coded bits can be trusted. Under another talker or in noise they are as large as ever, only less often
 * right; the alignments beside the track, which hear the same cells with other signs, show how large a sum gets by chance.
 */
import { BITS_PER_FRAME, CELLS, SOFT_BIT_SCALE } from './profile.ts';

const CELLS_PER_BIT = CELLS / BITS_PER_FRAME;
/** Share that a slot's powers keep in the next one's. */
const KEPT = 0.6;
/** The scale stays within these multiples of the trained one. */
const LEAST = 0.4;
const MOST = 1.6;

/** Follows the scale from sums to log-likelihood ratios, slot by slot. */
export class Confidence {
  #right = 0;
  #wrong = 0;
  #sums = 0;

  /** Takes the sums of one model frame as they are read, and at an alignment of the same class. Sums of 0 were not heard. */
  add(right: Float32Array, wrong: Float32Array): void {
    for (let i = 0; i < BITS_PER_FRAME; i++) {
      if (right[i] === 0) continue;
      this.#right += right[i] ** 2;
      this.#wrong += wrong[i] ** 2;
      this.#sums++;
    }
  }

  /**
   * The scale after the slot whose frames were added. A sum of n cells, each ±a with variance v around it, has the power n² a² + n v where
   * it is right and n a² + n v by chance; its ratio is 2 a / v for one unit.
   */
  next(): number {
    const n = CELLS_PER_BIT;
    const power = this.#wrong / Math.max(1, this.#sums);
    const gain = Math.max(1, Math.min(n - 1, this.#right / this.#wrong || 1));
    const signalToNoise = (gain - 1) / (n - gain);
    const scale = power > 0 ? 2 * Math.sqrt((n * signalToNoise * (1 + signalToNoise)) / power) : SOFT_BIT_SCALE;
    this.#right *= KEPT;
    this.#wrong *= KEPT;
    this.#sums *= KEPT;
    return Math.max(LEAST * SOFT_BIT_SCALE, Math.min(MOST * SOFT_BIT_SCALE, scale));
  }
}
