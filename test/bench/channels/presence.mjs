// Whether a mark is there at all: the receiver's chip search, alarmed at a level that unmarked sound reaches once a day.
import {
  DEMODULATOR_DELAY,
  Demodulator,
  HopAnalyzer,
  levelDb,
  makeChips,
  toCoreRate,
} from '../../../packages/signal/dist/index.js';
import { SyncSearch } from '../../../packages/signal/dist/sync.js';

/** Score of the chip search that unmarked sound reaches once a day (false-alarms.mjs measures it). */
export const ONCE_A_DAY = 6.6;
/** Where listeners come in, seconds. */
const STARTS = [0, 10, 20, 30];
const GRIDS = 4;
const BANDS = 8;
const TILE_SECONDS = 0.02;

/** Soft cells of a sound on the four grids: [grid][tile] of 8. */
export function softCells(samples, rate) {
  const recent = Array.from({ length: GRIDS }, () => new Float32Array(BANDS));
  const demodulators = Array.from({ length: GRIDS }, () => new Demodulator());
  const cells = Array.from({ length: GRIDS }, () => []);
  const row = new Float32Array(BANDS);
  let hop = 0;
  new HopAnalyzer().push(toCoreRate(rate).process(samples), (power) => {
    recent[hop % GRIDS].set(power);
    const first = ++hop - GRIDS;
    if (first < 0) return;
    for (let b = 0; b < BANDS; b++) row[b] = levelDb(recent.reduce((a, r) => a + r[b], 0));
    const soft = demodulators[first % GRIDS].push(row);
    if (soft) cells[first % GRIDS].push(soft.slice());
  });
  return cells;
}

/** Runs the chip search over soft cells. @param onFrame (seconds, peak score or 0) after every 80 ms */
export function search(cells, from, to, onFrame) {
  const sync = new SyncSearch(makeChips());
  const n = Math.min(to, ...cells.map((c) => c.length));
  for (let tile = from; tile < n; tile++) {
    for (let grid = 0; grid < GRIDS; grid++) sync.push(cells[grid][tile], tile, grid);
    if (tile % 4 === 3 && onFrame((tile + 1 + DEMODULATOR_DELAY) * TILE_SECONDS, sync.peaks(3, 1)[0]?.score ?? 0)) return;
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
