/**
 * Recordings that are played at another speed, or at another tempo with the pitch kept: a mark is found once that is undone. Each factor
 * tried is another search, so the evidence must be stronger than for sound as it is (protocol/spec/02-signal.md §8).
 */
import { resample } from '@undertone/audio/pcm';
import { makeChips } from './chips.ts';
import { Grids } from './grids.ts';
import { CORE_RATE, FAMILIES, HOPS_PER_TILE, TILES_PER_FRAME } from './profile.ts';
import { SyncSearch } from './sync.ts';
import { lengthen } from './tempo.ts';

/** Factors are whole multiples of 1 / UNIT. */
const UNIT = 4000;
/** Steps: at half of the coarse one the slots of five seconds are still within 6 ms; the fine one is a clock's drift. */
const COARSE = 10;
const STEPS = (0.06 * UNIT) / COARSE;
const FINE = 1;
const TRIED = 2 * (2 * STEPS + 1) + COARSE / FINE + 1;
/** What is listened to, seconds: the loudest stretch. */
const PIECE_SECONDS = 24;
/** Evidence needed, standard deviations: 98 searches of 24 s are to be wrong no more often than one. */
const FOUND = 7;
const FILTER = { halfLength: 16, cutoff: 0.95, beta: 7.5 };

/** What was done to a recording: it is played so many times as fast, its pitch rising with it (`speed`) or not (`tempo`). */
export interface Stretch {
  readonly kind: 'speed' | 'tempo';
  readonly factor: number;
}

/** Core-rate sound as it was before it was stretched. */
export function undoStretch(core: Float32Array, { kind, factor }: Stretch): Float32Array {
  const units = Math.round(factor * UNIT);
  if (units === UNIT) return core;
  return kind === 'speed' ? resample(core, UNIT, units, FILTER) : lengthen(core, units / UNIT);
}

/**
 * Finds how a recording was stretched, by trying factors of 0.94 … 1.06 as speed and as tempo.
 * @param core the recording at 8 kHz
 * @param onProgress told the share that is done after every factor
 * @returns null when no mark stands out at any factor
 */
export function findStretch(core: Float32Array, onProgress: (share: number) => void = () => {}): Stretch | null {
  const piece = loudest(core);
  let done = 0;
  const best = (kind: Stretch['kind'], middle: number, step: number, n: number): { units: number; score: number } => {
    let top = { units: middle, score: 0 };
    for (let i = -n; i <= n; i++) {
      const units = middle + i * step;
      const score = strongest(undoStretch(piece, { kind, factor: units / UNIT }));
      if (score > top.score) top = { units, score };
      onProgress(++done / TRIED);
    }
    return top;
  };
  // Each stands out a little where the other is right.
  const [speed, tempo] = [best('speed', UNIT, COARSE, STEPS), best('tempo', UNIT, COARSE, STEPS)];
  const [kind, coarse] = speed.score >= tempo.score ? (['speed', speed] as const) : (['tempo', tempo] as const);
  if (coarse.score < FOUND) return null;
  return { kind, factor: best(kind, coarse.units, FINE, COARSE / 2 / FINE).units / UNIT };
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
