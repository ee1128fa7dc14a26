/** A streaming sample-rate converter: a Kaiser-windowed sinc, one set of taps per output phase. */

/** Options of {@link Resampler}. */
export interface ResamplerOptions {
  /** Half-length of the filter in samples of the lower rate; default 24. It is also the latency. */
  readonly halfLength?: number;
  /** Middle of the transition band, as a share of the lower Nyquist frequency; default 0.92. */
  readonly cutoff?: number;
  /** Shape of the Kaiser window; default 7.5 (about 75 dB). */
  readonly beta?: number;
}

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));

/** Modified Bessel function of order zero, by its series. */
function bessel0(x: number): number {
  let sum = 1;
  let term = 1;
  for (let k = 1; term > sum * 1e-12; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

const sinc = (x: number): number => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));

/**
 * Converts between whole-number rates of 1 to 384000 Hz. Output m is centred on input time m · in / out exactly and is given as soon as
 * every input sample within the half-length is there, so the answer does not depend on the chunks. Before the start is silence.
 */
export class Resampler {
  /** How far ahead an output looks, seconds. */
  readonly latencySeconds: number;
  readonly #step: number;
  readonly #phases: number;
  readonly #reach: number;
  readonly #taps: Float32Array[];
  readonly #firstTap: Int32Array;
  #history: Float32Array;
  #base = 0;
  #filled = 0;
  #input = 0;
  #output = 0;

  /** Throws a RangeError when a rate is not a whole number of Hz in range. */
  constructor(inputRate: number, outputRate: number, options: ResamplerOptions = {}) {
    for (const rate of [inputRate, outputRate])
      if (!Number.isInteger(rate) || rate < 1 || rate > 384000) throw new RangeError(`${rate} Hz is not a whole rate from 1 to 384000`);
    const { halfLength = 24, cutoff = 0.92, beta = 7.5 } = options;
    const divisor = gcd(inputRate, outputRate);
    const lower = Math.min(inputRate, outputRate);
    this.#phases = outputRate / divisor;
    this.#step = inputRate / divisor;
    this.#reach = (halfLength * inputRate) / lower;
    this.latencySeconds = halfLength / lower;
    const scale = (cutoff * lower) / inputRate;
    const top = bessel0(beta);
    this.#taps = [];
    this.#firstTap = new Int32Array(this.#phases);
    for (let p = 0; p < this.#phases; p++) {
      const t = p / this.#phases;
      const first = Math.ceil(t - this.#reach);
      const last = Math.floor(t + this.#reach);
      const taps = new Float32Array(last - first + 1);
      for (let k = first; k <= last; k++) {
        const window = bessel0(beta * Math.sqrt(Math.max(0, 1 - ((k - t) / this.#reach) ** 2))) / top;
        taps[k - first] = scale * sinc(scale * (k - t)) * window;
      }
      this.#taps.push(taps);
      this.#firstTap[p] = first;
    }
    this.#history = new Float32Array(4096);
    // Silence before the first sample, as far as the filter reaches.
    this.#base = -Math.ceil(this.#reach);
    this.#filled = -this.#base;
  }

  /** @returns the outputs that became known, possibly none */
  process(samples: Float32Array): Float32Array {
    if (this.#filled + samples.length > this.#history.length) {
      const grown = new Float32Array(2 * (this.#filled + samples.length));
      grown.set(this.#history.subarray(0, this.#filled));
      this.#history = grown;
    }
    this.#history.set(samples, this.#filled);
    this.#filled += samples.length;
    this.#input += samples.length;
    return this.#convert(this.#input);
  }

  /** Ends the stream with silence: ⌈n · out / in⌉ outputs in all for n inputs. */
  flush(): Float32Array {
    const total = Math.ceil((this.#input * this.#phases) / this.#step);
    const rest = this.process(new Float32Array(Math.ceil(this.#reach) + 1));
    const surplus = Math.max(0, this.#output - total);
    return rest.slice(0, rest.length - surplus);
  }

  #convert(known: number): Float32Array {
    const out: number[] = [];
    for (;;) {
      const position = this.#output * this.#step;
      const whole = Math.floor(position / this.#phases);
      const phase = position - whole * this.#phases;
      const taps = this.#taps[phase];
      const first = whole + this.#firstTap[phase];
      if (first + taps.length > known) break;
      let sum = 0;
      const at = first - this.#base;
      for (let k = 0; k < taps.length; k++) sum += taps[k] * this.#history[at + k];
      out.push(sum);
      this.#output++;
    }
    const next = Math.floor((this.#output * this.#step) / this.#phases) - Math.ceil(this.#reach);
    const drop = Math.min(this.#filled, next - this.#base);
    if (drop > 0) {
      this.#history.copyWithin(0, drop, this.#filled);
      this.#filled -= drop;
      this.#base += drop;
    }
    return Float32Array.from(out);
  }
}

/** Converts a whole signal; the answer has ⌈n · out / in⌉ samples and no delay. */
export function resample(samples: Float32Array, inputRate: number, outputRate: number, options: ResamplerOptions = {}): Float32Array {
  if (inputRate === outputRate) return samples.slice();
  const converter = new Resampler(inputRate, outputRate, options);
  const head = converter.process(samples);
  const tail = converter.flush();
  const out = new Float32Array(head.length + tail.length);
  out.set(head);
  out.set(tail, head.length);
  return out;
}
