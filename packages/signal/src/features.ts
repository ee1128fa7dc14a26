/**
 * What the demodulator looks at in a cell: its deviation from its neighbourhood, how loud the neighbourhood is, and how it is coloured.
 */
import { BANDS } from './profile.ts';

/** Numbers that describe a cell. */
export const FEATURES = 3;
/** Tiles over which the neighbourhood is averaged, centred. */
const NEIGHBOURHOOD = 13;
/** Tiles between a level going in and its features coming out. */
export const FEATURE_DELAY: number = (NEIGHBOURHOOD - 1) / 2;
/** Tiles over which the loudest cell is the reference: 3.2 s. */
const REFERENCE_TILES = 160;
/** Levels more than this under the reference are taken as silence, dB. */
const RANGE_DB = 45;

export class Features {
  readonly #levels = new Float32Array(NEIGHBOURHOOD * BANDS);
  readonly #tops = new Float32Array(REFERENCE_TILES).fill(-Infinity);
  readonly #features = new Float32Array(BANDS * FEATURES);
  #count = 0;

  /**
   * @param levels [BANDS] tile level in dB
   * @returns [BANDS × FEATURES] of the tile FEATURE_DELAY before, reused for every call; null until there is one
   */
  push(levels: Float32Array): Float32Array | null {
    let top = -Infinity;
    for (const level of levels) top = Math.max(top, level);
    this.#tops[this.#count % REFERENCE_TILES] = top;
    if (this.#count === 0) for (let i = 0; i < NEIGHBOURHOOD; i++) this.#levels.set(levels, i * BANDS);
    this.#levels.copyWithin(0, BANDS);
    this.#levels.set(levels, (NEIGHBOURHOOD - 1) * BANDS);
    this.#count++;
    if (this.#count <= FEATURE_DELAY) return null;
    this.#measure();
    return this.#features;
  }

  #measure(): void {
    let reference = -Infinity;
    for (const top of this.#tops) if (top > reference) reference = top;
    const floor = reference - RANGE_DB;
    let colour = 0;
    for (let b = 0; b < BANDS; b++) {
      let sum = 0;
      for (let i = 0; i < NEIGHBOURHOOD; i++) sum += Math.max(this.#levels[i * BANDS + b], floor);
      const mean = sum / NEIGHBOURHOOD;
      colour += mean / BANDS;
      this.#features[b * FEATURES] = (Math.max(this.#levels[FEATURE_DELAY * BANDS + b], floor) - mean) / 5;
      this.#features[b * FEATURES + 1] = (mean - reference) / 20 + 1;
      this.#features[b * FEATURES + 2] = mean;
    }
    for (let b = 0; b < BANDS; b++) this.#features[b * FEATURES + 2] = (this.#features[b * FEATURES + 2] - colour) / 10;
  }
}
