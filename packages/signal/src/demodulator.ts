/**
 * The learned demodulator: tile levels in, one soft value per cell out. A convolutional network over tiles × bands sees each
 * cell's deviation from its neighbourhood, how loud the neighbourhood is and how it is coloured; it is made odd in the
 * deviations, so a carrier of either sign is read alike.
 */
import { dense, type Layer, readLayers, relu } from './neural.ts';
import { BANDS } from './profile.ts';
import weights from './weights/demodulator.ts';

const CHANNELS = 24;
const FEATURES = 3;
const TAPS = 5;
const BAND_TAPS = 3;
/** Tiles over which the neighbourhood is averaged, centred. */
const NEIGHBOURHOOD = 13;
const HALF = (NEIGHBOURHOOD - 1) / 2;
/** Tiles over which the loudest cell is the reference: 3.2 s. */
const REFERENCE_TILES = 160;
/** Levels more than this under the reference are taken as silence, dB. */
const RANGE_DB = 45;
/** Tiles between a level going in and its soft row coming out. */
export const DEMODULATOR_DELAY: number = HALF + 3 * ((TAPS - 1) / 2);

const conv = (inputs: number): [number, number] => [TAPS * BAND_TAPS * inputs, CHANNELS];
const SHAPES: [number, number][] = [
  conv(FEATURES),
  conv(CHANNELS),
  [CHANNELS, CHANNELS],
  conv(CHANNELS),
  [CHANNELS, CHANNELS],
  [CHANNELS, 1],
];
let shared: Layer[] | undefined;

/** A 5 × 3 convolution over rows that arrive one by one; the answer belongs to the row two before the newest. */
class RowConvolution {
  readonly #layer: Layer;
  readonly #width: number;
  readonly #rows: Float32Array;
  readonly #column: Float32Array;
  #newest = TAPS - 1;

  constructor(layer: Layer, inputs: number) {
    this.#layer = layer;
    this.#width = (BANDS + 2) * inputs;
    this.#rows = new Float32Array(TAPS * this.#width);
    this.#column = new Float32Array(layer.inputs);
  }

  /** @param row [BANDS × inputs]; @param out [BANDS × CHANNELS] */
  push(row: Float32Array, out: Float32Array): void {
    const inputs = this.#width / (BANDS + 2);
    this.#newest = (this.#newest + 1) % TAPS;
    this.#rows.set(row, this.#newest * this.#width + inputs);
    const span = BAND_TAPS * inputs;
    for (let b = 0; b < BANDS; b++) {
      for (let tap = 0; tap < TAPS; tap++) {
        const from = ((this.#newest + 1 + tap) % TAPS) * this.#width + b * inputs;
        this.#column.set(this.#rows.subarray(from, from + span), tap * span);
      }
      dense(this.#layer, this.#column, 0, out, b * CHANNELS);
    }
  }
}

/** Holds a row back for two pushes, so that a residual block adds like to like. */
class Delay {
  readonly #rows = [0, 1, 2].map(() => new Float32Array(BANDS * CHANNELS));
  #at = 0;
  push(row: Float32Array): Float32Array {
    this.#rows[this.#at].set(row);
    this.#at = (this.#at + 1) % 3;
    return this.#rows[this.#at];
  }
}

/** The network for one sign of the deviations. */
class Branch {
  readonly #layers: Layer[];
  readonly #first: RowConvolution;
  readonly #blocks: { conv: RowConvolution; mix: Layer; delay: Delay }[];
  readonly #x = new Float32Array(BANDS * CHANNELS);
  readonly #hidden = new Float32Array(BANDS * CHANNELS);
  readonly #active = new Float32Array(BANDS * CHANNELS);

  constructor(layers: Layer[]) {
    this.#layers = layers;
    this.#first = new RowConvolution(layers[0], FEATURES);
    this.#blocks = [1, 3].map((i) => ({ conv: new RowConvolution(layers[i], CHANNELS), mix: layers[i + 1], delay: new Delay() }));
  }

  /** @param alive false while the zero padding before the first row is still passing a block */
  push(features: Float32Array, out: Float32Array, age: number): void {
    this.#first.push(features, this.#x);
    // Rows before the first tile are zero padding at every layer, as in training.
    if (age < 2) this.#x.fill(0);
    this.#blocks.forEach(({ conv, mix, delay }, i) => {
      this.#active.set(this.#x);
      relu(this.#active);
      const residual = delay.push(this.#x);
      conv.push(this.#active, this.#hidden);
      relu(this.#hidden);
      this.#x.set(residual);
      for (let b = 0; b < BANDS; b++) dense(mix, this.#hidden, b * CHANNELS, this.#x, b * CHANNELS, true);
      if (age < 4 + 2 * i) this.#x.fill(0);
    });
    relu(this.#x);
    for (let b = 0; b < BANDS; b++) dense(this.#layers[5], this.#x, b * CHANNELS, out, b);
  }
}

/** Streams tile levels through the network. Output row n belongs to input row n, DEMODULATOR_DELAY rows later. */
export class Demodulator {
  readonly #levels = new Float32Array(NEIGHBOURHOOD * BANDS);
  readonly #tops = new Float32Array(REFERENCE_TILES).fill(-Infinity);
  readonly #plus: Branch;
  readonly #minus: Branch;
  readonly #features = new Float32Array(BANDS * FEATURES);
  readonly #out = new Float32Array(BANDS);
  readonly #other = new Float32Array(BANDS);
  #count = 0;

  constructor() {
    shared ??= readLayers(weights, SHAPES);
    this.#plus = new Branch(shared);
    this.#minus = new Branch(shared);
  }

  /**
   * @param levels [BANDS] tile level in dB
   * @returns the soft row of the tile DEMODULATOR_DELAY before (positive: +chip), reused for every call; null until there is one
   */
  push(levels: Float32Array): Float32Array | null {
    const first = this.#count === 0;
    this.#tops[this.#count % REFERENCE_TILES] = Math.max(...levels);
    if (first) for (let i = 0; i < NEIGHBOURHOOD; i++) this.#levels.set(levels, i * BANDS);
    this.#levels.copyWithin(0, BANDS);
    this.#levels.set(levels, (NEIGHBOURHOOD - 1) * BANDS);
    this.#count++;
    if (this.#count <= HALF) return null;
    this.#measure();
    const age = this.#count - HALF - 1;
    this.#plus.push(this.#features, this.#out, age);
    for (let i = 0; i < this.#features.length; i += FEATURES) this.#features[i] = -this.#features[i];
    this.#minus.push(this.#features, this.#other, age);
    if (this.#count <= DEMODULATOR_DELAY) return null;
    for (let b = 0; b < BANDS; b++) this.#out[b] = (this.#out[b] - this.#other[b]) / 2;
    return this.#out;
  }

  #measure(): void {
    let reference = -Infinity;
    for (const top of this.#tops) if (top > reference) reference = top;
    const floor = reference - RANGE_DB;
    let colour = 0;
    for (let b = 0; b < BANDS; b++) {
      let sum = 0;
      for (let i = 0; i < NEIGHBOURHOOD; i++) sum += Math.max(this.#levels[i * BANDS + b], floor);
      const mean = sum / NEIGHBOURHOOD;
      colour += mean / BANDS;
      this.#features[b * FEATURES] = (Math.max(this.#levels[HALF * BANDS + b], floor) - mean) / 5;
      this.#features[b * FEATURES + 1] = (mean - reference) / 20 + 1;
      this.#features[b * FEATURES + 2] = mean;
    }
    for (let b = 0; b < BANDS; b++) this.#features[b * FEATURES + 2] = (this.#features[b * FEATURES + 2] - colour) / 10;
  }
}
