/**
 * Where the slots begin, found without a pilot. The chips repeat every slot, so there are 512 alignments on the 5 ms grid; at
 * the right one the cells of a coded bit agree, and the log-likelihood that they carry *some* bit, Σ ln cosh(ℓ/2), stands out.
 */
import type { Chips } from './chips.ts';
import { DenseLayers, matrix } from './neural.ts';
import {
  BANDS,
  BITS_PER_FRAME,
  CELLS,
  FRAMES_PER_SLOT,
  HOPS_PER_TILE,
  MAX_LLR,
  SOFT_BIT_SCALE,
  TILES_PER_FRAME,
  TILES_PER_SLOT,
} from './profile.ts';

/** Alignments of a slot, in hops of 5 ms. */
export const ALIGNMENTS: number = TILES_PER_SLOT * HOPS_PER_TILE;
/** What is left of evidence a model frame later: it halves every 4.8 s, or every 29 s for marks too weak for that. */
const RECENT = 0.5 ** (TILES_PER_FRAME / 240);
const LASTING = 0.5 ** (TILES_PER_FRAME / 1440);

/**
 * Alignments are compared with others that split the sound into the same Manchester pairs: at a wrong one that shares the pairs of a
 * mark the cells are as strong, only their signs disagree.
 */
export const CLASSES = 8;
/**
 * Hops within which two alignments are not told apart. One tile away from a mark the second cells of its pairs are read as the first
 * ones of others and half of their evidence remains, as far as the 15 ms around it that hear the same cells.
 */
export const RIVALS = 7;
/** Least lead over the mean, nats: more than ln of the alignments of all families tried in an hour. */
const MIN_NATS = 15.4;

/** Points of {@link presence} for one unit of the ratio. Between them a straight line is less than 2^−15 nats too high. */
const POINTS = 32;
const PRESENCE = Float64Array.from({ length: MAX_LLR * POINTS + 2 }, (_, i) => {
  const x = i / POINTS / 2;
  return x + Math.log1p(Math.exp(-2 * x)) - Math.LN2;
});

/** How much a coded bit's clipped ratio says that a mark is there at all, nats: ln cosh(ℓ/2) to 2^−15. */
export function presence(llr: number): number {
  const x = Math.min(Math.abs(llr), MAX_LLR) * POINTS;
  const i = Math.floor(x);
  return PRESENCE[i] + (x - i) * (PRESENCE[i + 1] - PRESENCE[i]);
}

/** An alignment that stands out. */
export interface SyncPeak {
  /** Slots begin at hops ≡ alignment (mod 512). */
  readonly alignment: number;
  /** Standard deviations above the mean of its class. */
  readonly score: number;
}

/** Evidence of all alignments, which fades. */
class Evidence {
  readonly #kept: number;
  readonly #nats = new Float32Array(ALIGNMENTS);

  /** @param kept share that is left a model frame later */
  constructor(kept: number) {
    this.#kept = kept;
  }

  add(alignment: number, nats: number): void {
    this.#nats[alignment] = this.#nats[alignment] * this.#kept + nats;
  }

  /** The alignments that stand out by `threshold` and lead all within {@link RIVALS} of themselves, best first. */
  peaks(threshold: number): SyncPeak[] {
    const { leads, sigmas } = this.#measure();
    const found: SyncPeak[] = [];
    for (let a = 0; a < ALIGNMENTS; a++) {
      const sigma = sigmas[a % CLASSES];
      // Early on the spread is not yet known, so the likelihood itself must also outweigh the alignments tried.
      if (leads[a] < threshold * sigma || leads[a] < MIN_NATS) continue;
      let best = true;
      for (let d = 1; d <= RIVALS && best; d++)
        best = leads[(a + d) % ALIGNMENTS] <= leads[a] && leads[(a - d + ALIGNMENTS) % ALIGNMENTS] < leads[a];
      if (best) found.push({ alignment: a, score: leads[a] / sigma });
    }
    return found.sort((x, y) => y.score - x.score);
  }

  /** Lead of every alignment over its class, and the spread of every class. */
  #measure(): { leads: Float32Array; sigmas: number[] } {
    const classes = Array.from({ length: CLASSES }, (_, residue) => this.#background(residue));
    return { leads: this.#nats.map((e, a) => e - classes[a % CLASSES].mean), sigmas: classes.map((c) => c.sigma) };
  }

  /** Mean and spread of a class without its best member, which must not widen the spread it is measured by. */
  #background(residue: number): { mean: number; sigma: number } {
    const e = this.#nats;
    let top = -Infinity;
    let sum = 0;
    let squares = 0;
    for (let a = residue; a < ALIGNMENTS; a += CLASSES) {
      if (e[a] > top) top = e[a];
      sum += e[a];
      squares += e[a] * e[a];
    }
    const n = ALIGNMENTS / CLASSES - 1;
    const mean = (sum - top) / n;
    return { mean, sigma: Math.sqrt(Math.max(0, (squares - top * top) / n - mean * mean)) + 1e-3 };
  }
}

/** Accumulates evidence for all alignments. */
export class SyncSearch {
  /** Cells of four tiles to the four coded bits that they would be in each of the 32 model frames. */
  readonly #frames: DenseLayers;
  /** [GRIDS × CELLS] the last four tiles of each grid. */
  readonly #soft = Array.from({ length: HOPS_PER_TILE }, () => new Float32Array(CELLS));
  readonly #recent = new Evidence(RECENT);
  readonly #lasting = new Evidence(LASTING);

  constructor(chips: Chips) {
    const chip = (cell: number, frame: number, bit: number): number => {
      const at = frame * CELLS + cell;
      return chips.bit[at] === bit ? chips.sign[at] : 0;
    };
    this.#frames = new DenseLayers([
      matrix(CELLS, FRAMES_PER_SLOT * BITS_PER_FRAME, (c, o) => chip(c, Math.floor(o / BITS_PER_FRAME), o % BITS_PER_FRAME)),
    ]);
  }

  /**
   * @param tile index of the tile on its grid
   * @param grid 0 … 3: the tile begins at hop 4 · tile + grid
   */
  push(soft: Float32Array, tile: number, grid: number): void {
    const cells = this.#soft[grid];
    cells.copyWithin(0, BANDS);
    cells.set(soft, CELLS - BANDS);
    const sums = this.#frames.run(0, cells);
    // The tile may be the last of any of the 32 model frames.
    for (let frame = 0; frame < FRAMES_PER_SLOT; frame++) {
      let gain = 0;
      for (let i = 0; i < BITS_PER_FRAME; i++) gain += presence(sums[frame * BITS_PER_FRAME + i] * SOFT_BIT_SCALE);
      const phase = (tile - frame * TILES_PER_FRAME - (TILES_PER_FRAME - 1) + 2 * TILES_PER_SLOT) % TILES_PER_SLOT;
      const alignment = phase * HOPS_PER_TILE + grid;
      this.#recent.add(alignment, gain);
      this.#lasting.add(alignment, gain);
    }
  }

  /** Alignments that stand out in what was heard lately, best first. @param threshold standard deviations */
  peaks(threshold: number): SyncPeak[] {
    return this.#recent.peaks(threshold);
  }

  /** The same over a minute: what a weak mark needs, and too slow to say when it ends. */
  lastingPeaks(threshold: number): SyncPeak[] {
    return this.#lasting.peaks(threshold);
  }
}
