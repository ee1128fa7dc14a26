/**
 * At what speed a recording is played: a mark that was played faster or slower is found once the speed is undone. Each speed tried is
 * another search, so the evidence must be stronger than for sound as it is (protocol/spec/02-signal.md §8).
 */
import { resample } from '@undertone/audio/pcm';
import { makeChips } from './chips.ts';
import { Grids } from './grids.ts';
import { CORE_RATE, FAMILIES, HOPS_PER_TILE, TILES_PER_FRAME } from './profile.ts';
import { SyncSearch } from './sync.ts';

/** Speeds are whole multiples of 1 / UNIT. */
const UNIT = 4000;
/** Furthest from 1, and steps: at half of the coarse one the slots of five seconds are still within 6 ms; the fine one is a clock's drift. */
const FURTHEST = 0.06 * UNIT;
const COARSE = 10;
const FINE = 1;
/** What is listened to, seconds: the loudest stretch. */
const PIECE_SECONDS = 24;
/** Evidence needed, standard deviations: 49 searches of 24 s are to be wrong no more often than one. */
const FOUND = 6.9;
const FILTER = { halfLength: 16, cutoff: 0.95, beta: 7.5 };

/** Core-rate sound as it was before it was played at a speed; the identity at 1. */
export function undoSpeed(core: Float32Array, speed: number): Float32Array {
  const units = Math.round(speed * UNIT);
  return units === UNIT ? core : resample(core, UNIT, units, FILTER);
}

/**
 * Finds the speed of a recording by trying 0.94 … 1.06. It takes as long as listening to twenty minutes.
 * @param core the recording at 8 kHz
 * @param onProgress told the share that is done after every speed
 * @returns how many times too fast it is played; null when no mark stands out at any speed
 */
export function findSpeed(core: Float32Array, onProgress: (share: number) => void = () => {}): number | null {
  const piece = loudest(core);
  const steps = Math.floor(FURTHEST / COARSE);
  const fine = COARSE / 2 / FINE;
  const all = 2 * steps + 1 + 2 * fine + 1;
  let done = 0;
  const best = (middle: number, step: number, n: number): { units: number; score: number } => {
    let top = { units: middle, score: 0 };
    for (let i = -n; i <= n; i++) {
      const units = middle + i * step;
      const score = strongest(undoSpeed(piece, units / UNIT));
      if (score > top.score) top = { units, score };
      onProgress(++done / all);
    }
    return top;
  };
  const coarse = best(UNIT, COARSE, steps);
  if (coarse.score < FOUND) return null;
  return best(coarse.units, FINE, fine).units / UNIT;
}

/** The stretch with the most power. */
function loudest(core: Float32Array): Float32Array {
  const n = PIECE_SECONDS * CORE_RATE;
  let most = -1;
  let from = 0;
  for (let at = 0; at === 0 || at + n <= core.length; at += 2 * CORE_RATE) {
    let sum = 0;
    for (let i = at; i < Math.min(at + n, core.length); i++) sum += core[i] * core[i];
    if (sum > most) [most, from] = [sum, at];
  }
  return core.subarray(from, from + n);
}

/** How far the strongest alignment of any family stands out at any time, standard deviations. */
function strongest(core: Float32Array): number {
  const searches = Array.from({ length: FAMILIES }, (_, family) => new SyncSearch(makeChips(family)));
  let most = 0;
  new Grids().push(core, (soft, tile, grid) => {
    for (const search of searches) search.push(soft, tile, grid);
    if (grid !== HOPS_PER_TILE - 1 || tile % (4 * TILES_PER_FRAME) !== 0) return;
    for (const search of searches)
      for (const { score } of [...search.peaks(0), ...search.lastingPeaks(0)]) most = Math.max(most, score);
  });
  return most;
}
