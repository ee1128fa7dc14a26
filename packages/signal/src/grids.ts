/**
 * Sound as soft cells: nobody knows yet where tiles begin, so levels are measured and read on four grids, 5 ms apart, and kept for a
 * while. What the cells mean is a matter of chips and alignment, which come later.
 */
import type { Chips } from './chips.ts';
import { DEMODULATOR_DELAY, Demodulator, DemodulatorNetwork, type RowDemodulator } from './demodulator.ts';
import { HopAnalyzer } from './filterbank.ts';
import { BANDS, CELLS, HOPS_PER_TILE, TILES_PER_FRAME } from './profile.ts';
import { SlidingLevels } from './sliding-levels.ts';
import { addTile } from './soft-bits.ts';

/** Tiles kept on each grid: 20 s. */
const KEPT_TILES = 1024;
/** Hops that can be read back, counted from the newest. */
export const KEPT_HOPS: number = (KEPT_TILES - 2 * DEMODULATOR_DELAY) * HOPS_PER_TILE;

/** Called for every finished row of soft cells, in the order of hops. @param tile its number on its grid */
export type TileSink = (soft: Float32Array, tile: number, grid: number) => void;

/** They share a network, and its memory. */
function ownDemodulators(): Demodulator[] {
  const network = new DemodulatorNetwork();
  return Array.from({ length: HOPS_PER_TILE }, () => new Demodulator(network));
}

/** Soft cells and levels of the sound lately, by the hop with which a tile begins. */
export class Grids {
  readonly #analyzer = new HopAnalyzer();
  readonly #sliding = new SlidingLevels();
  readonly #demodulators: readonly RowDemodulator[];
  readonly #soft = Array.from({ length: HOPS_PER_TILE }, () => new Float32Array(KEPT_TILES * BANDS));
  readonly #levels = Array.from({ length: HOPS_PER_TILE }, () => new Float32Array(KEPT_TILES * BANDS).fill(-Infinity));

  /** @param demodulators one for each grid */
  constructor(demodulators: readonly RowDemodulator[] = ownDemodulators()) {
    this.#demodulators = demodulators;
  }

  /** Hops measured. */
  get hops(): number {
    return this.#sliding.hops;
  }

  /** Hops before which every tile that begins there has its soft cells. */
  get readHops(): number {
    return Math.max(0, this.hops - (DEMODULATOR_DELAY + 1) * HOPS_PER_TILE + 1);
  }

  push(samples: Float32Array, onTile: TileSink): void {
    this.#analyzer.push(samples, (power) => this.#hop(power, onTile));
  }

  #hop(power: Float32Array, onTile: TileSink): void {
    const ended = this.#sliding.push(power);
    if (!ended) return;
    const { grid, tile, levels } = ended;
    const at = (tile % KEPT_TILES) * BANDS;
    this.#levels[grid].set(levels, at);
    this.#soft[grid].fill(0, at, at + BANDS);
    const soft = this.#demodulators[grid].push(levels);
    if (!soft) return;
    const done = tile - DEMODULATOR_DELAY;
    this.#soft[grid].set(soft, (done % KEPT_TILES) * BANDS);
    onTile(soft, done, grid);
  }

  /**
   * Adds up the soft cells of one model frame by coded bit.
   * @param hop where the frame begins; what lies outside the sound kept adds nothing
   * @param frame its number in the slot
   * @param sums [BITS_PER_FRAME] added to, from `at`
   */
  addFrame(chips: Chips, hop: number, frame: number, sums: Float32Array, at: number): void {
    for (let t = 0; t < TILES_PER_FRAME; t++) {
      const row = this.#at(hop + t * HOPS_PER_TILE);
      if (row < 0) continue;
      addTile(chips, this.#soft[hop & (HOPS_PER_TILE - 1)], row, frame * TILES_PER_FRAME + t, sums, at);
    }
  }

  /** Levels of one model frame, [CELLS] from `at`; what was not heard is left as it is. */
  copyLevels(hop: number, out: Float32Array, at: number): void {
    for (let t = 0; t < TILES_PER_FRAME; t++) {
      const row = this.#at(hop + t * HOPS_PER_TILE);
      if (row >= 0)
        out.set(this.#levels[hop & (HOPS_PER_TILE - 1)].subarray(row, row + BANDS), at + t * (CELLS / TILES_PER_FRAME));
    }
  }

  /** Address of the row that begins at a hop; −1 where nothing is kept. */
  #at(hop: number): number {
    const tile = Math.floor(hop / HOPS_PER_TILE);
    const newest = Math.floor(this.hops / HOPS_PER_TILE);
    return tile < 0 || tile >= newest || tile < newest - KEPT_TILES ? -1 : (tile % KEPT_TILES) * BANDS;
  }
}
