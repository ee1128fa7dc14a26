/** From soft cells to the log-likelihood ratios of a frame's coded bits. */
import type { Chips } from './chips.ts';
import { BANDS, MAX_LLR, SOFT_BIT_SCALE } from './profile.ts';

/**
 * Adds one tile's soft cells to the frame's four coded bits.
 * @param soft [BANDS] demodulator output
 * @param tileInSlot 0 … 127, where in the chips the tile stands
 * @param sums [BITS_PER_FRAME] added to
 */
export function addTile(
  chips: Chips,
  soft: Float32Array,
  softAt: number,
  tileInSlot: number,
  sums: Float32Array,
  sumsAt: number,
): void {
  let cell = tileInSlot * BANDS;
  for (let b = 0; b < BANDS; b++, cell++) sums[sumsAt + chips.bit[cell]] += soft[softAt + b] * chips.sign[cell];
}

/** Ratio of a summed coded bit: positive means bit 1 (+1), natural logarithm, clipped. @param scale ratio for one unit of the sum */
export function toLlr(sum: number, scale: number = SOFT_BIT_SCALE): number {
  return Math.max(-MAX_LLR, Math.min(MAX_LLR, sum * scale));
}
