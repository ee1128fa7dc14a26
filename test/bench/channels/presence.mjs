// Whether a mark is there at all: the receiver's chip search, alarmed at a level that unmarked sound reaches once a day.

import { Grids } from '../../../packages/signal/dist/grids.js';
import {
  DEMODULATOR_DELAY,
  FAMILIES,
  HOPS_PER_TILE,
  makeChips,
  searchChance,
  toCoreRate,
} from '../../../packages/signal/dist/index.js';
import { ALIGNMENTS, SyncSearch } from '../../../packages/signal/dist/sync.js';

const SECONDS_A_DAY = 86_400;
/** Score that unmarked sound reaches once a day, by the calibrated chance of a second and an alignment (calibration.mjs). */
export const ONCE_A_DAY = (() => {
  let score = 3;
  while (SECONDS_A_DAY * FAMILIES * ALIGNMENTS * searchChance(score) > 1) score += 0.01;
  return score;
})();
/** Where listeners come in, seconds. */
const STARTS = [0, 10, 20, 30];
const TILE_SECONDS = 0.02;

/** Soft cells of a sound on the four grids: [grid][tile] of 8. */
export function softCells(samples, rate) {
  const cells = Array.from({ length: HOPS_PER_TILE }, () => []);
  new Grids().push(toCoreRate(rate).process(samples), (soft, tile, grid) => {
    cells[grid][tile] = soft.slice();
  });
  return cells;
}

/** Runs the chip search over soft cells. @param onFrame (seconds, peak score or 0) after every 80 ms */
export function search(cells, from, to, onFrame) {
  const sync = new SyncSearch(makeChips());
  const n = Math.min(to, ...cells.map((c) => c.length));
  for (let tile = from; tile < n; tile++) {
    for (let grid = 0; grid < HOPS_PER_TILE; grid++) sync.push(cells[grid][tile], tile, grid);
    if (tile % 4 === 3 && onFrame((tile + 1 + DEMODULATOR_DELAY) * TILE_SECONDS, sync.peaks(3)[0]?.score ?? 0)) return;
  }
}

/** @param voiced (from, to) → voiced seconds between. @returns for every start the voiced seconds until the alarm, or Infinity */
export function presenceSeconds({ samples, rate }, voiced) {
  const cells = softCells(samples, rate);
  const starts = STARTS.filter((s) => s + 10 <= samples.length / rate || s === 0);
  return starts.map((start) => {
    let found = Number.POSITIVE_INFINITY;
    search(cells, Math.round(start / TILE_SECONDS), Number.POSITIVE_INFINITY, (seconds, score) => {
      if (score < ONCE_A_DAY) return false;
      found = voiced(start, seconds);
      return true;
    });
    return found;
  });
}
