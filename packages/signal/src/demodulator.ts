/**
 * The learned demodulator: tile levels in, one soft value per cell out. A convolutional network over tiles × bands sees the
 * features of each cell; it is made odd in the deviations, so a carrier of either sign is read alike.
 */
import { FEATURE_DELAY, FEATURES, Features } from './features.ts';
import { BLOCK, createKernel, type Kernel } from './kernel.ts';
import { type Layer, type PlacedLayer, place, placeLayers, readLayers } from './neural.ts';
import { BANDS } from './profile.ts';
import weights from './weights/demodulator.ts';

/** One block of the kernel. */
const CHANNELS = BLOCK;
const TAPS = 5;
const BAND_TAPS = 3;
/** Tiles that a convolution looks ahead. */
const AHEAD = (TAPS - 1) / 2;
/** Tiles that the whole network looks ahead, and back. */
export const NETWORK_REACH: number = 3 * AHEAD;
/** Tiles between a level going in and its soft row coming out. */
export const DEMODULATOR_DELAY: number = FEATURE_DELAY + NETWORK_REACH;
const ROW = BANDS * CHANNELS;
/** A row as it is stored: a band of zeros on either side, for the convolution that reads it. */
const PADDED = ROW + 2 * CHANNELS;

const conv = (inputs: number): [number, number] => [TAPS * BAND_TAPS * inputs, CHANNELS];
/** Inputs and outputs of the layers, in the order of the weights: a convolution, residual blocks of a convolution and a mix, the output. */
export const SHAPES: [number, number][] = [
  conv(FEATURES),
  conv(CHANNELS),
  [CHANNELS, CHANNELS],
  conv(CHANNELS),
  [CHANNELS, CHANNELS],
  [CHANNELS, 1],
];
let shared: Layer[] | undefined;

/** The weights in a kernel's memory. Demodulators that share a network share its memory. */
export class DemodulatorNetwork {
  readonly kernel: Kernel = createKernel();
  readonly layers: PlacedLayer[];
  /** For each layer, its biases once for every band. */
  readonly biasRows: number[];

  constructor() {
    shared ??= readLayers(weights, SHAPES);
    this.layers = placeLayers(this.kernel, shared);
    this.biasRows = shared.map(({ bias }) =>
      place(
        this.kernel,
        Float32Array.from({ length: ROW }, (_, i) => bias[i % CHANNELS]),
      ),
    );
  }
}

/**
 * A 5 × 3 convolution over rows that arrive one by one. It keeps the sums of the rows that are not finished: row r is, when input row
 * r + 2 was added. Rows before the first are zeros at every layer, as in training: nobody adds them.
 */
class RowConvolution {
  readonly #kernel: Kernel;
  readonly #taps: number[];
  readonly #bias: number;
  readonly #inputs: number;
  readonly #rows: number;
  readonly #kept: number;

  /** @param inputs inputs of one band; @param kept rows that stay readable when they are finished, with the newest */
  constructor(network: DemodulatorNetwork, layer: number, inputs: number, kept = 1) {
    this.#kernel = network.kernel;
    this.#inputs = inputs;
    const span = BAND_TAPS * inputs;
    this.#taps = Array.from({ length: TAPS }, (_, tap) => network.layers[layer].weights + tap * span * CHANNELS);
    this.#bias = network.biasRows[layer];
    this.#kept = kept + TAPS - 1;
    this.#rows = this.#kernel.allocate(this.#kept * PADDED);
    for (let r = 0; r < this.#kept; r++) this.#clear(r);
  }

  /** Address of row r ≥ 0: [BANDS × CHANNELS], between its zeros. */
  row(r: number): number {
    return this.#rows + (r % this.#kept) * PADDED + CHANNELS;
  }

  #clear(r: number): void {
    this.#kernel.floats.copyWithin(this.row(r), this.#bias, this.#bias + ROW);
  }

  /** Adds input row r, which the kernel has gathered with a band of zeros on either side. */
  add(r: number): void {
    this.#clear(r + AHEAD);
    for (let tap = 0; tap < TAPS; tap++) {
      const out = r + AHEAD - tap;
      if (out >= 0) this.#kernel.multiply(this.#inputs, BAND_TAPS * this.#inputs, BANDS, this.#taps[tap], 1, this.row(out));
    }
  }
}

/** The network for one sign of the deviations. */
class Branch {
  readonly #kernel: Kernel;
  readonly #network: DemodulatorNetwork;
  /** What the blocks add to: their output takes the place of their input. */
  readonly #stream: RowConvolution;
  readonly #blocks: { conv: RowConvolution; mix: PlacedLayer; bias: number }[];
  /** [(BANDS + 2) × FEATURES], the outer bands zero. */
  readonly #features: number;
  readonly #out: number;

  constructor(network: DemodulatorNetwork) {
    this.#network = network;
    this.#kernel = network.kernel;
    this.#stream = new RowConvolution(network, 0, FEATURES, 1 + 2 * AHEAD);
    this.#blocks = [1, 3].map((i) => ({
      conv: new RowConvolution(network, i, CHANNELS),
      mix: network.layers[i + 1],
      bias: network.biasRows[i + 1],
    }));
    this.#features = this.#kernel.allocate((BANDS + 2) * FEATURES);
    this.#out = this.#kernel.allocate(ROW);
  }

  /**
   * @param features [BANDS × FEATURES] of row r
   * @param out [BANDS] written once row r − 6 is there
   */
  push(features: Float32Array, r: number, out: Float32Array): void {
    const kernel = this.#kernel;
    kernel.floats.set(features, this.#features + FEATURES);
    kernel.gather(this.#features, (BANDS + 2) * FEATURES, 1);
    this.#stream.add(r);
    let done = r - AHEAD;
    for (const { conv, mix, bias } of this.#blocks) {
      if (done < 0) return;
      kernel.gather(this.#stream.row(done) - CHANNELS, PADDED, 0);
      conv.add(done);
      done -= AHEAD;
      if (done < 0) return;
      const residual = this.#stream.row(done);
      const { floats } = kernel;
      for (let i = 0; i < ROW; i++) floats[residual + i] += floats[bias + i];
      this.#mix(conv.row(done), mix, residual);
    }
    const bias = this.#network.biasRows[5];
    kernel.floats.copyWithin(this.#out, bias, bias + ROW);
    this.#mix(this.#stream.row(done), this.#network.layers[5], this.#out);
    for (let b = 0; b < BANDS; b++) out[b] = kernel.floats[this.#out + b * CHANNELS];
  }

  /** Adds W max(x, 0) to a row, band by band. */
  #mix(x: number, { weights }: PlacedLayer, out: number): void {
    this.#kernel.gather(x, ROW, 0);
    this.#kernel.multiply(CHANNELS, CHANNELS, BANDS, weights, 1, out);
  }
}

/** Reads one grid of tiles. */
export interface RowDemodulator {
  /**
   * @param levels [BANDS] tile level in dB
   * @returns the soft row of the tile DEMODULATOR_DELAY before (positive: +chip), reused for every call; null until there is one
   */
  push(levels: Float32Array): Float32Array | null;
}

/** Streams tile levels through the network. Output row n belongs to input row n, DEMODULATOR_DELAY rows later. */
export class Demodulator implements RowDemodulator {
  readonly #source = new Features();
  readonly #plus: Branch;
  readonly #minus: Branch;
  readonly #out = new Float32Array(BANDS);
  readonly #other = new Float32Array(BANDS);
  #rows = 0;

  constructor(network: DemodulatorNetwork = new DemodulatorNetwork()) {
    this.#plus = new Branch(network);
    this.#minus = new Branch(network);
  }

  push(levels: Float32Array): Float32Array | null {
    const features = this.#source.push(levels);
    if (!features) return null;
    const row = this.#rows++;
    this.#plus.push(features, row, this.#out);
    for (let i = 0; i < features.length; i += FEATURES) features[i] = -features[i];
    this.#minus.push(features, row, this.#other);
    if (row < NETWORK_REACH) return null;
    for (let b = 0; b < BANDS; b++) this.#out[b] = (this.#out[b] - this.#other[b]) / 2;
    return this.#out;
  }
}
