/**
 * Soft cells that somebody else computes, ahead of the receiver: sound goes in here first, the network's answer comes, and then the receiver gets
 * the same sound with the {@link ReadAhead.demodulators}. For runtimes that answer later, as ONNX Runtime does.
 */
import { DEMODULATOR_DELAY, NETWORK_REACH, type RowDemodulator } from '../demodulator.ts';
import { FEATURES, Features } from '../features.ts';
import { HopAnalyzer } from '../filterbank.ts';
import { BANDS, HOPS_PER_TILE } from '../profile.ts';
import { SlidingLevels } from '../sliding-levels.ts';

const ROW = BANDS * FEATURES;

/** Gives out rows that were computed before. */
class GivenRows implements RowDemodulator {
  readonly #rows: Float32Array[] = [];
  #levels = 0;

  give(row: Float32Array): void {
    this.#rows.push(row);
  }

  push(): Float32Array | null {
    if (this.#levels++ < DEMODULATOR_DELAY) return null;
    const row = this.#rows.shift();
    if (!row) throw new RangeError('the receiver was given sound that was not read ahead');
    return row;
  }
}

/** The features of one grid that the network still needs. */
interface GridRows {
  readonly features: Features;
  readonly rows: Float32Array[];
  readonly given: GivenRows;
  /** Rows of the window's beginning that were answered before, and only give the others their neighbours. */
  answered: number;
}

/** What the network is asked. */
export interface NetworkInput {
  /** [HOPS_PER_TILE × rows × BANDS × FEATURES] */
  readonly features: Float32Array;
  readonly rows: number;
}

export class ReadAhead {
  readonly #analyzer = new HopAnalyzer();
  readonly #sliding = new SlidingLevels();
  readonly #grids: readonly GridRows[] = Array.from({ length: HOPS_PER_TILE }, () => ({
    features: new Features(),
    rows: [],
    given: new GivenRows(),
    answered: 0,
  }));

  /** One for each grid. */
  get demodulators(): readonly RowDemodulator[] {
    return this.#grids.map(({ given }) => given);
  }

  /** @param samples core-rate samples. @returns what the network is asked by now, to be answered with {@link take}; null for nothing */
  push(samples: Float32Array): NetworkInput | null {
    this.#analyzer.push(samples, (power) => {
      const ended = this.#sliding.push(power);
      if (!ended) return;
      const { features, rows } = this.#grids[ended.grid];
      const row = features.push(ended.levels);
      if (row) rows.push(row.slice());
    });
    if (this.#grids.every((grid) => readable(grid) <= grid.answered)) return null;
    const rows = Math.max(...this.#grids.map((grid) => grid.rows.length));
    const features = new Float32Array(HOPS_PER_TILE * rows * ROW);
    for (const [g, grid] of this.#grids.entries())
      for (const [r, row] of grid.rows.entries()) features.set(row, (g * rows + r) * ROW);
    return { features, rows };
  }

  /** @param soft [HOPS_PER_TILE × rows × BANDS], the network's answer to the newest input */
  take(soft: Float32Array): void {
    const rows = soft.length / HOPS_PER_TILE / BANDS;
    for (const [g, grid] of this.#grids.entries()) {
      const end = readable(grid);
      for (let r = grid.answered; r < end; r++) {
        const at = (g * rows + r) * BANDS;
        grid.given.give(soft.slice(at, at + BANDS));
      }
      if (end <= grid.answered) continue;
      grid.rows.splice(0, Math.max(0, end - NETWORK_REACH));
      grid.answered = Math.min(end, NETWORK_REACH);
    }
  }
}

/** Rows of a window whose neighbours after them are all there. */
const readable = ({ rows }: GridRows): number => Math.max(0, rows.length - NETWORK_REACH);
