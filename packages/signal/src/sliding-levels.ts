/** Levels of the tiles that begin at every hop: nobody knows yet where tiles begin. */
import { levelDb } from './filterbank.ts';
import { BANDS, HOPS_PER_TILE } from './profile.ts';

/** A tile on one of the grids, which begin a hop apart. */
export interface GridTile {
  readonly grid: number;
  /** Its number on its grid. */
  readonly tile: number;
  /** [BANDS] in dB, reused for every tile. */
  readonly levels: Float32Array;
}

export class SlidingLevels {
  readonly #recent = new Float32Array(HOPS_PER_TILE * BANDS);
  readonly #levels = new Float32Array(BANDS);
  #hops = 0;

  /** Hops taken. */
  get hops(): number {
    return this.#hops;
  }

  /** @param power [BANDS] of the next hop. @returns the tile that ends with it; null before the first */
  push(power: Float32Array): GridTile | null {
    const hop = this.#hops++;
    this.#recent.set(power, (hop % HOPS_PER_TILE) * BANDS);
    const first = hop - HOPS_PER_TILE + 1;
    if (first < 0) return null;
    for (let b = 0; b < BANDS; b++) {
      let sum = 0;
      for (let h = 0; h < HOPS_PER_TILE; h++) sum += this.#recent[h * BANDS + b];
      this.#levels[b] = levelDb(sum);
    }
    const grid = first % HOPS_PER_TILE;
    return { grid, tile: (first - grid) / HOPS_PER_TILE, levels: this.#levels };
  }
}
