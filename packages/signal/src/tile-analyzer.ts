/** Levels of tiles from core-rate sound: the powers of a tile's hops, summed. */
import { HopAnalyzer, levelDb } from './filterbank.ts';
import { BANDS, HOPS_PER_TILE } from './profile.ts';

export class TileAnalyzer {
  readonly #analyzer = new HopAnalyzer();
  readonly #power = new Float32Array(BANDS);
  readonly #levels = new Float32Array(BANDS);
  #hop: number;

  /** @param firstHop hops of the sound before the first tile begins */
  constructor(firstHop = 0) {
    this.#hop = -firstHop;
  }

  /**
   * @param samples core-rate samples
   * @param onTile called for every finished tile in order with its [BANDS] levels in dB; they are reused, copy what you keep
   */
  push(samples: Float32Array, onTile: (levels: Float32Array) => void): void {
    this.#analyzer.push(samples, (power) => {
      if (this.#hop++ < 0) return;
      for (let b = 0; b < BANDS; b++) this.#power[b] += power[b];
      if (this.#hop % HOPS_PER_TILE !== 0) return;
      for (let b = 0; b < BANDS; b++) this.#levels[b] = levelDb(this.#power[b]);
      this.#power.fill(0);
      onTile(this.#levels);
    });
  }
}
