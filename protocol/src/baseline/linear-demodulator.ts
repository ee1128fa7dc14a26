/**
 * The baseline demodulator of page 02: a linear filter over neighbouring tiles and bands, limited softly. It needs no trained weights, and its
 * coefficients are a registry (registry/signal-profiles.json).
 */
import { BANDS, MAX_LLR } from '@undertone/signal';

/** Coefficients × 10,000 by distance in tiles (0, 1, 2) and in bands (0, 1, 2). For each distance in bands the five of them sum to zero. */
export const COEFFICIENTS: readonly (readonly number[])[] = [
  [892, -296, -140],
  [-617, 195, 101],
  [171, -47, -31],
];
const REACH = 2;
/** Output of the filter at which the soft limit has three quarters of its height. */
export const SOFT_LIMIT = 0.3;
/** Natural-log likelihood ratio of a coded bit for one unit of summed soft cells. */
export const SOFT_SCALE = 0.6;
/** Tiles over which the loudest cell is the reference, the newest being `REACH` ahead; levels more than the range under it count as silence. */
const REFERENCE_TILES = 160;
const RANGE_DB = 45;

/**
 * @param levels [tiles × BANDS] in dB
 * @returns [tiles × BANDS] soft cells, −1 … 1, positive for a raised cell
 */
export function linearSoft(levels: Float32Array): Float32Array {
  const tiles = levels.length / BANDS;
  const tops = Array.from({ length: tiles }, (_, t) => Math.max(...levels.subarray(t * BANDS, (t + 1) * BANDS)));
  const soft = new Float32Array(levels.length);
  for (let t = 0; t < tiles; t++) {
    const floor = Math.max(...tops.slice(Math.max(0, t + REACH + 1 - REFERENCE_TILES), t + REACH + 1)) - RANGE_DB;
    for (let b = 0; b < BANDS; b++) {
      let sum = 0;
      for (let dt = -REACH; dt <= REACH; dt++) {
        const row = Math.max(0, Math.min(tiles - 1, t + dt)) * BANDS;
        for (let db = Math.max(-REACH, -b); db <= Math.min(REACH, BANDS - 1 - b); db++)
          sum += COEFFICIENTS[Math.abs(dt)][Math.abs(db)] * Math.max(levels[row + b + db], floor);
      }
      soft[t * BANDS + b] = Math.tanh(sum / 10_000 / SOFT_LIMIT);
    }
  }
  return soft;
}

/** Ratio of a coded bit from its summed soft cells; zero where nothing is known. */
export function ratioOf(sum: number): number {
  return Number.isFinite(sum) ? Math.max(-MAX_LLR, Math.min(MAX_LLR, sum * SOFT_SCALE)) : 0;
}
