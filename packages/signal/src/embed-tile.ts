/** The embedder's network when only the tiles before and the first 5 ms of this one are known: the 20 ms mode. */
import { DenseLayers, readLayers, relu } from './neural.ts';
import { BANDS, MAX_GAIN_DB } from './profile.ts';
import weights from './weights/embedder-tile.ts';

const HIDDEN = 96;
const SIGNED = 5 * BANDS;
const INPUTS = SIGNED + BANDS;
const TILES = 8;
/** Gain that the plain carrier gets before the network adds its part (trained). */
const CARRIER = 0.614;
const SHAPES: [number, number][] = [
  [INPUTS * TILES, HIDDEN],
  [HIDDEN, HIDDEN],
  [HIDDEN, BANDS],
];
let shared: DenseLayers | undefined;

class Branch {
  readonly #layers: DenseLayers;
  readonly #input = new Float32Array(TILES * INPUTS);
  readonly #x = new Float32Array(HIDDEN);

  constructor(layers: DenseLayers) {
    this.#layers = layers;
  }

  /** @returns [BANDS], valid until the next call of any branch */
  push(features: Float32Array): Float32Array {
    this.#input.copyWithin(0, INPUTS);
    this.#input.set(features, (TILES - 1) * INPUTS);
    this.#x.set(this.#layers.run(0, this.#input));
    relu(this.#x);
    const y = this.#layers.run(1, this.#x);
    relu(y);
    for (let i = 0; i < HIDDEN; i++) this.#x[i] += y[i];
    return this.#layers.run(2, this.#x);
  }
}

/** What is known of a tile when its gains are due. All [BANDS]; levels floored, dB. */
export interface TileView {
  /** Level of the tile before. */
  previous: Float32Array;
  /** Mean level of the thirteen tiles before. */
  past: Float32Array;
  /** Level that the first hop of this tile would give the whole tile. */
  onset: Float32Array;
  /** Chip × coded bit of this tile and the next, ±1. */
  wanted: Float32Array;
  wantedNext: Float32Array;
  /** What the earlier tiles of the frame say of each cell's bit, −3 … 3. */
  host: Float32Array;
}

/** Gains for one tile after another. */
export class TileGains {
  readonly #plus: Branch;
  readonly #minus: Branch;
  readonly #features = new Float32Array(INPUTS);

  constructor() {
    shared ??= new DenseLayers(readLayers(weights, SHAPES));
    this.#plus = new Branch(shared);
    this.#minus = new Branch(shared);
  }

  /** @param gains [BANDS] written from `at`: dB */
  next(view: TileView, gains: Float32Array, at: number): void {
    const f = this.#features;
    const colour = view.past.reduce((a, v) => a + v / BANDS, 0);
    for (let b = 0; b < BANDS; b++) {
      f[b] = (view.previous[b] - view.past[b]) / 5;
      f[BANDS + b] = (view.onset[b] - view.past[b]) / 5;
      f[2 * BANDS + b] = view.wanted[b];
      f[3 * BANDS + b] = view.wantedNext[b];
      f[4 * BANDS + b] = view.host[b];
      f[SIGNED + b] = (view.past[b] - colour) / 10;
    }
    gains.set(this.#plus.push(f).subarray(0, BANDS), at);
    for (let i = 0; i < SIGNED; i++) f[i] = -f[i];
    const minus = this.#minus.push(f);
    for (let b = 0; b < BANDS; b++)
      gains[at + b] = MAX_GAIN_DB * Math.tanh((view.wanted[b] * CARRIER + gains[at + b] - minus[b]) / MAX_GAIN_DB);
  }
}
