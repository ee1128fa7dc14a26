/** Levels of the cells of a recording. */
import { BANDS, HOPS_PER_TILE, HopAnalyzer, levelDb } from '@undertone/signal';

/**
 * @param samples core-rate samples
 * @param grid 0 … 3: the first tile begins at this hop
 * @returns [tiles × BANDS] in dB, for the tiles whose windows lie within the samples
 */
export function tileLevels(samples: Float32Array, grid: number): Float32Array {
  const hops: Float32Array[] = [];
  new HopAnalyzer().push(samples, (power) => hops.push(power.slice()));
  const tiles = Math.max(0, Math.floor((hops.length - grid) / HOPS_PER_TILE));
  const levels = new Float32Array(tiles * BANDS);
  for (let i = 0; i < levels.length; i++) {
    const first = grid + Math.floor(i / BANDS) * HOPS_PER_TILE;
    let power = 0;
    for (let h = first; h < first + HOPS_PER_TILE; h++) power += hops[h][i % BANDS];
    levels[i] = levelDb(power);
  }
  return levels;
}
