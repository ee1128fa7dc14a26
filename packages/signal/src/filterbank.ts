/**
 * Short-time spectra of the core layer. Analysis and synthesis windows share their centres: window i is centred at
 * sample 40 i + 20, so the gains of a tile act on the sound that its level is measured from.
 */
import FFT from 'fft.js';
import { BANDS, HOP, HOPS_PER_TILE } from './profile.ts';

const ANALYSIS = 160;
const ANALYSIS_FFT = 256;
const SYNTHESIS = 120;
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

const hann = (n: number): Float64Array => Float64Array.from({ length: n }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / n));

/** Measures the power of the eight bands, one row every 5 ms, from samples that arrive in any chunks. */
export class HopAnalyzer {
  readonly #fft = new FFT(ANALYSIS_FFT);
  readonly #window = hann(ANALYSIS);
  readonly #frame = new Float64Array(ANALYSIS_FFT);
  readonly #spectrum = new Float64Array(ANALYSIS_FFT * 2);
  readonly #history = new Float32Array(ANALYSIS);
  #filled = ANALYSIS_LEAD;
  /** Power of the bands, reused for every row. */
  readonly #row = new Float32Array(BANDS);

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
    for (let i = 0; i < ANALYSIS; i++) this.#frame[i] = this.#history[i] * this.#window[i];
    this.#fft.realTransform(this.#spectrum, this.#frame);
    for (let b = 0; b < BANDS; b++) {
      let sum = 0;
      const first = FIRST_ANALYSIS_BIN + b * ANALYSIS_BINS;
      for (let k = first; k < first + ANALYSIS_BINS; k++) {
        const re = this.#spectrum[2 * k];
        const im = this.#spectrum[2 * k + 1];
        sum += re * re + im * im;
      }
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
  readonly #fft = new FFT(SYNTHESIS_FFT);
  readonly #window = hann(SYNTHESIS).map(Math.sqrt);
  readonly #frame = new Float64Array(SYNTHESIS_FFT);
  readonly #spectrum = new Float64Array(SYNTHESIS_FFT * 2);
  readonly #time = new Float64Array(SYNTHESIS_FFT * 2);

  /**
   * Adds the difference that one hop's gains make.
   * @param samples 120 samples, the synthesis window of the hop
   * @param gainsDb [BANDS] gains in dB, from `at`
   * @param out the difference is added here, 120 samples from `outAt`
   */
  add(samples: Float32Array, gainsDb: Float32Array, at: number, out: Float32Array, outAt: number): void {
    this.#frame.fill(0);
    for (let i = 0; i < SYNTHESIS; i++) this.#frame[i] = samples[i] * this.#window[i];
    this.#fft.realTransform(this.#spectrum, this.#frame);
    const s = this.#spectrum;
    s.fill(0, 0, 2 * FIRST_SYNTHESIS_BIN);
    for (let b = 0; b < BANDS; b++) {
      const factor = 10 ** (gainsDb[at + b] / 20) - 1;
      const first = FIRST_SYNTHESIS_BIN + b * SYNTHESIS_BINS;
      for (let k = 2 * first; k < 2 * (first + SYNTHESIS_BINS); k++) s[k] *= factor;
    }
    s.fill(0, 2 * (FIRST_SYNTHESIS_BIN + BANDS * SYNTHESIS_BINS), SYNTHESIS_FFT + 2);
    this.#fft.completeSpectrum(s);
    this.#fft.inverseTransform(this.#time, s);
    for (let i = 0; i < SYNTHESIS; i++) out[outAt + i] += (this.#time[2 * i] * this.#window[i]) / OVERLAP;
  }
}

/** Samples of a synthesis window. */
export const SYNTHESIS_WINDOW: number = SYNTHESIS;
export { HOPS_PER_TILE };
