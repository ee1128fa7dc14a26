/**
 * Short-time spectra of the core layer. Analysis and synthesis windows share their centres: window i is centred at
 * sample 40 i + 20, so the gains of a tile act on the sound that its level is measured from.
 *
 * Only the bins of the bands are needed, and a Hann window is the same on both sides of its centre: the cosine sums are those of the
 * frame's even part, the sine sums those of its odd part. So a spectrum is two small matrix products.
 */
import { DenseLayers, type Layer, matrix } from './neural.ts';
import { BANDS, HOP, HOPS_PER_TILE } from './profile.ts';

const ANALYSIS = 160;
/** Bins of 31.25 Hz. */
const ANALYSIS_FFT = 256;
const SYNTHESIS = 120;
/** Bins of 62.5 Hz. */
const SYNTHESIS_FFT = 128;
/** First sample of analysis window i is 40 i − 60, of synthesis window i 40 i − 40. */
export const ANALYSIS_LEAD = 60;
export const SYNTHESIS_LEAD = 40;
/** Samples after 40 i that analysis window i needs. */
export const ANALYSIS_TAIL: number = ANALYSIS - ANALYSIS_LEAD;
const FIRST_ANALYSIS_BIN = 10;
const ANALYSIS_BINS = 12;
const FIRST_SYNTHESIS_BIN = 5;
const SYNTHESIS_BINS = 6;
/** Sum of the squared synthesis windows at any sample. */
const OVERLAP = 1.5;

/** Hann window of n samples at a distance from its centre. */
const hann = (n: number, distance: number): number => 0.5 + 0.5 * Math.cos((2 * Math.PI * distance) / n);

/** Cosine and sine of a bin at a distance from the centre. */
const WAVES: readonly ((turns: number) => number)[] = [(t) => Math.cos(2 * Math.PI * t), (t) => Math.sin(2 * Math.PI * t)];

/** The halves of a frame: sums and differences of the samples at equal distances from its centre, 0 … n / 2 − 1. */
class Folded {
  readonly even: Float32Array;
  readonly odd: Float32Array;

  constructor(frame: number) {
    this.even = new Float32Array(frame / 2);
    this.odd = new Float32Array(frame / 2);
  }

  fold(frame: Float32Array): void {
    const half = this.even.length;
    this.even[0] = frame[half];
    for (let d = 1; d < half; d++) {
      this.even[d] = frame[half + d] + frame[half - d];
      this.odd[d] = frame[half + d] - frame[half - d];
    }
  }
}

let analysis: DenseLayers | undefined;
let synthesis: DenseLayers | undefined;

/** Layers 0 and 1: cosine and sine sums of the windowed halves. */
function analysisLayers(): Layer[] {
  return WAVES.map((wave) =>
    matrix(
      ANALYSIS / 2,
      BANDS * ANALYSIS_BINS,
      (d, k) => hann(ANALYSIS, d) * wave(((FIRST_ANALYSIS_BIN + k) * d) / ANALYSIS_FFT),
    ),
  );
}

/** Layers 0 and 1 as for the analysis, 2 and 3 back from the bins to the windowed halves. */
function synthesisLayers(): Layer[] {
  const element = (wave: (turns: number) => number, d: number, k: number): number =>
    Math.sqrt(hann(SYNTHESIS, d)) * wave(((FIRST_SYNTHESIS_BIN + k) * d) / SYNTHESIS_FFT);
  const bins = BANDS * SYNTHESIS_BINS;
  return [
    ...WAVES.map((wave) => matrix(SYNTHESIS / 2, bins, (d, k) => element(wave, d, k))),
    ...WAVES.map((wave) => matrix(bins, SYNTHESIS / 2, (k, d) => (element(wave, d, k) * 2) / SYNTHESIS_FFT / OVERLAP)),
  ];
}

/** Measures the power of the eight bands, one row every 5 ms, from samples that arrive in any chunks. */
export class HopAnalyzer {
  readonly #layers: DenseLayers;
  readonly #folded = new Folded(ANALYSIS);
  readonly #history = new Float32Array(ANALYSIS);
  #filled = ANALYSIS_LEAD;
  /** Power of the bands, reused for every row. */
  readonly #row = new Float32Array(BANDS);

  constructor() {
    analysis ??= new DenseLayers(analysisLayers());
    this.#layers = analysis;
  }

  /**
   * @param samples core-rate samples
   * @param onHop called for every finished hop in order; the row is reused, copy what you keep
   */
  push(samples: Float32Array, onHop: (power: Float32Array) => void): void {
    let at = 0;
    while (at < samples.length) {
      const n = Math.min(ANALYSIS - this.#filled, samples.length - at);
      this.#history.set(samples.subarray(at, at + n), this.#filled);
      this.#filled += n;
      at += n;
      if (this.#filled < ANALYSIS) return;
      this.#measure();
      onHop(this.#row);
      this.#history.copyWithin(0, HOP);
      this.#filled = ANALYSIS - HOP;
    }
  }

  #measure(): void {
    this.#folded.fold(this.#history);
    const re = this.#layers.run(0, this.#folded.even);
    const im = this.#layers.run(1, this.#folded.odd);
    for (let b = 0, k = 0; b < BANDS; b++) {
      let sum = 0;
      for (const end = k + ANALYSIS_BINS; k < end; k++) sum += re[k] * re[k] + im[k] * im[k];
      this.#row[b] = sum;
    }
  }
}

/** Level of a tile in dB from the summed power of its four hops. */
export function levelDb(power: number): number {
  return 10 * Math.log10(power + 1e-10);
}

/** Turns gains into the signal that is added to the sound. */
export class DeltaSynthesizer {
  readonly #layers: DenseLayers;
  readonly #folded = new Folded(SYNTHESIS);
  readonly #factors = new Float32Array(BANDS);

  constructor() {
    synthesis ??= new DenseLayers(synthesisLayers());
    this.#layers = synthesis;
  }

  /**
   * Adds the difference that one hop's gains make.
   * @param samples 120 samples, the synthesis window of the hop
   * @param gainsDb [BANDS] gains in dB, from `at`
   * @param out the difference is added here, 120 samples from `outAt`
   */
  add(samples: Float32Array, gainsDb: Float32Array, at: number, out: Float32Array, outAt: number): void {
    let some = false;
    for (let b = 0; b < BANDS; b++) {
      this.#factors[b] = 10 ** (gainsDb[at + b] / 20) - 1;
      if (gainsDb[at + b] !== 0) some = true;
    }
    if (!some) return;
    this.#folded.fold(samples);
    const even = this.#layers.run(2, this.#scale(this.#layers.run(0, this.#folded.even)));
    const odd = this.#layers.run(3, this.#scale(this.#layers.run(1, this.#folded.odd)));
    const centre = outAt + SYNTHESIS / 2;
    out[centre] += even[0];
    for (let d = 1; d < SYNTHESIS / 2; d++) {
      out[centre + d] += even[d] + odd[d];
      out[centre - d] += even[d] - odd[d];
    }
  }

  #scale(bins: Float32Array): Float32Array {
    for (let b = 0, k = 0; b < BANDS; b++) for (const end = k + SYNTHESIS_BINS; k < end; k++) bins[k] *= this.#factors[b];
    return bins;
  }
}

/** Samples of a synthesis window. */
export const SYNTHESIS_WINDOW: number = SYNTHESIS;
export { HOPS_PER_TILE };
