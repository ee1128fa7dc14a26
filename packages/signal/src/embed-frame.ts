/** The embedder's network when whole 80 ms frames are known: `lookahead: 'frame'`. */
import { DenseLayers, readLayers, relu } from './neural.ts';
import { BANDS, CELLS, MAX_GAIN_DB, TILES_PER_FRAME } from './profile.ts';
import weights from './weights/embedder-frame.ts';

const HIDDEN = 192;
const INPUTS = 3 * CELLS + 2 * BANDS;
const FRAMES = 4;
const DEEP = 3;
/** Gain that the plain carrier gets before the network adds its part (trained). */
const CARRIER = 0.6987;
const SHAPES: [number, number][] = [
  [INPUTS * FRAMES, HIDDEN],
  [HIDDEN * DEEP, HIDDEN],
  [HIDDEN, HIDDEN],
  [HIDDEN, CELLS],
];
let shared: DenseLayers | undefined;

/** One sign of the network: causal over frames. */
class Branch {
  readonly #layers: DenseLayers;
  readonly #input = new Float32Array(FRAMES * INPUTS);
  readonly #hidden = new Float32Array(DEEP * HIDDEN);
  readonly #x = new Float32Array(HIDDEN);

  constructor(layers: DenseLayers) {
    this.#layers = layers;
  }

  /** @returns [CELLS], valid until the next call of any branch */
  push(features: Float32Array): Float32Array {
    this.#input.copyWithin(0, INPUTS);
    this.#input.set(features, (FRAMES - 1) * INPUTS);
    this.#hidden.copyWithin(0, HIDDEN);
    const newest = this.#hidden.subarray((DEEP - 1) * HIDDEN);
    newest.set(this.#layers.run(0, this.#input));
    relu(newest);
    this.#x.set(newest);
    this.#add(this.#layers.run(1, this.#hidden));
    this.#add(this.#layers.run(2, this.#x));
    return this.#layers.run(3, this.#x);
  }

  #add(y: Float32Array): void {
    relu(y);
    for (let i = 0; i < HIDDEN; i++) this.#x[i] += y[i];
  }
}

/** Gains for one frame after another. */
export class FrameGains {
  readonly #plus: Branch;
  readonly #minus: Branch;
  readonly #means: Float32Array[] = [];
  readonly #features = new Float32Array(INPUTS);

  constructor() {
    shared ??= new DenseLayers(readLayers(weights, SHAPES));
    this.#plus = new Branch(shared);
    this.#minus = new Branch(shared);
  }

  /**
   * @param levels [CELLS] floored tile levels of the frame, dB
   * @param wanted [CELLS] chip × coded bit, ±1
   * @param host [CELLS] what the speech itself already says of each cell's bit, −3 … 3, positive when it agrees
   * @param gains [CELLS] written: dB
   */
  next(levels: Float32Array, wanted: Float32Array, host: Float32Array, gains: Float32Array): void {
    const mean = new Float32Array(BANDS);
    for (let c = 0; c < CELLS; c++) mean[c % BANDS] += levels[c] / TILES_PER_FRAME;
    if (this.#means.length === 0) for (let i = 0; i < 4; i++) this.#means.push(mean);
    this.#means.push(mean);
    this.#means.splice(0, this.#means.length - 4);
    const past = new Float32Array(BANDS);
    for (const m of this.#means) for (let b = 0; b < BANDS; b++) past[b] += m[b] / 4;
    const colour = past.reduce((a, v) => a + v / BANDS, 0);
    const f = this.#features;
    for (let c = 0; c < CELLS; c++) {
      f[c] = (levels[c] - past[c % BANDS]) / 5;
      f[CELLS + c] = wanted[c];
      f[2 * CELLS + c] = host[c];
    }
    for (let b = 0; b < BANDS; b++) {
      f[3 * CELLS + b] = (past[b] - colour) / 10;
      f[3 * CELLS + BANDS + b] = (mean[b] - past[b]) / 10;
    }
    gains.set(this.#plus.push(f).subarray(0, CELLS));
    for (let i = 0; i < 2 * CELLS; i++) f[i] = -f[i];
    const minus = this.#minus.push(f);
    for (let c = 0; c < CELLS; c++) gains[c] = MAX_GAIN_DB * Math.tanh((wanted[c] * CARRIER + gains[c] - minus[c]) / MAX_GAIN_DB);
  }
}
