/** A streaming sample-rate converter: a Kaiser-windowed sinc, one set of taps per output phase. */

/** Options of {@link Resampler}. */
export interface ResamplerOptions {
  /** Half-length of the filter, a whole number of samples of the lower rate from 1 to 256; default 16. It is also the latency. */
  readonly halfLength?: number;
  /** Middle of the transition band, as a share of the lower Nyquist frequency, above 0 and at most 1; default 0.9. */
  readonly cutoff?: number;
  /**
   * Shape of the Kaiser window; default 7.5, about 75 dB. The transition band is (A − 8) / (14.36 · 2 · halfLength) of the lower rate
   * wide, with A the attenuation in dB; A = β / 0.1102 + 8.7 above 50 dB. Half-length 10 and β 5.4 pass to 3.3 kHz and stop from 4.7 kHz
   * around a cutoff of 4 kHz.
   */
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

/** Σ taps[k] · samples[at + k], in four sums that need not wait for each other. */
function product(taps: Float64Array, samples: Float64Array, at: number): number {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  let k = 0;
  for (; k + 3 < taps.length; k += 4, at += 4) {
    a += taps[k] * samples[at];
    b += taps[k + 1] * samples[at + 1];
    c += taps[k + 2] * samples[at + 2];
    d += taps[k + 3] * samples[at + 3];
  }
  for (; k < taps.length; k++, at++) a += taps[k] * samples[at];
  return a + b + (c + d);
}

/**
 * Converts between whole-number rates of 1 to 384000 Hz, any ratio.
 *
 * Output m is centred on input time m · in / out exactly, and before the start is silence. After n input samples in all, exactly the
 * outputs with m · in / out + halfLength · in / lower < n have been given, each computed by the same sum in the same order: the answer
 * is bit-exact whatever the chunks.
 */
export class Resampler {
  /** How far ahead an output looks, seconds: halfLength / lower rate. */
  readonly latencySeconds: number;
  readonly #step: number;
  readonly #phases: number;
  /** Half-length in units of 1 / phases input samples: whole, so that no rounding decides what is given when. */
  readonly #reachUnits: number;
  readonly #pad: number;
  readonly #taps: Float64Array[];
  readonly #firstTap: Int32Array;
  #history: Float64Array;
  #base: number;
  #filled: number;
  #input = 0;
  #output = 0;
  #ended = false;

  /** Throws a RangeError when a rate is not a whole number of Hz in range or an option is out of range. */
  constructor(inputRate: number, outputRate: number, options: ResamplerOptions = {}) {
    for (const rate of [inputRate, outputRate])
      if (!Number.isInteger(rate) || rate < 1 || rate > 384000)
        throw new RangeError(`${rate} Hz is not a whole rate from 1 to 384000`);
    const { halfLength = 16, cutoff = 0.9, beta = 7.5 } = options;
    if (!Number.isInteger(halfLength) || halfLength < 1 || halfLength > 256)
      throw new RangeError(`half-length ${halfLength} is not a whole number from 1 to 256`);
    if (!(cutoff > 0 && cutoff <= 1)) throw new RangeError(`cutoff ${cutoff} is outside 0 … 1`);
    if (!(beta >= 0 && beta <= 20)) throw new RangeError(`beta ${beta} is outside 0 … 20`);
    const divisor = gcd(inputRate, outputRate);
    const lower = Math.min(inputRate, outputRate);
    this.#phases = outputRate / divisor;
    this.#step = inputRate / divisor;
    this.#reachUnits = halfLength * Math.max(this.#phases, this.#step);
    this.#pad = Math.ceil(this.#reachUnits / this.#phases);
    this.latencySeconds = halfLength / lower;
    const reach = this.#reachUnits / this.#phases;
    const scale = (cutoff * lower) / inputRate;
    const top = bessel0(beta);
    this.#taps = [];
    this.#firstTap = new Int32Array(this.#phases);
    for (let p = 0; p < this.#phases; p++) {
      const t = p / this.#phases;
      const first = Math.ceil((p - this.#reachUnits) / this.#phases);
      const last = Math.floor((p + this.#reachUnits) / this.#phases);
      const taps = new Float64Array(last - first + 1);
      for (let k = first; k <= last; k++) {
        const window = bessel0(beta * Math.sqrt(Math.max(0, 1 - ((k - t) / reach) ** 2))) / top;
        taps[k - first] = scale * sinc(scale * (k - t)) * window;
      }
      this.#taps.push(taps);
      this.#firstTap[p] = first;
    }
    this.#history = new Float64Array(4096 + 2 * this.#pad);
    // Silence before the first sample, as far as the filter reaches.
    this.#base = -this.#pad;
    this.#filled = this.#pad;
  }

  /** Takes any number of samples. @returns the outputs that became known, possibly none. Throws an Error after `flush`. */
  process(samples: Float32Array): Float32Array {
    if (this.#ended) throw new Error('the stream has been flushed');
    return this.#push(samples);
  }

  /** Ends the stream with silence: ⌈n · out / in⌉ outputs in all for n inputs. */
  flush(): Float32Array {
    if (this.#ended) return new Float32Array(0);
    this.#ended = true;
    const total = Math.ceil((this.#input * this.#phases) / this.#step);
    const rest = this.#push(new Float32Array(this.#pad + 1));
    return rest.slice(0, rest.length - Math.max(0, this.#output - total));
  }

  #push(samples: Float32Array): Float32Array {
    if (this.#filled + samples.length > this.#history.length) {
      const grown = new Float64Array(2 * (this.#filled + samples.length));
      grown.set(this.#history.subarray(0, this.#filled));
      this.#history = grown;
    }
    this.#history.set(samples, this.#filled);
    this.#filled += samples.length;
    this.#input += samples.length;
    const known = Math.max(0, Math.ceil((this.#input * this.#phases - this.#reachUnits) / this.#step));
    const out = new Float32Array(Math.max(0, known - this.#output));
    this.#fill(out);
    this.#output += out.length;
    this.#forget();
    return out;
  }

  /** The outputs from #output on. */
  #fill(out: Float32Array): void {
    const phases = this.#phases;
    const position = this.#output * this.#step;
    // Small integers from here on, and said to be: as indices they then need no conversion from floating point.
    let phase = (position % phases) | 0;
    let at = ((position - phase) / phases - this.#base) | 0;
    const morePhase = (this.#step % phases) | 0;
    const more = ((this.#step - morePhase) / phases) | 0;
    for (let i = 0; i < out.length; i++) {
      out[i] = product(this.#taps[phase], this.#history, at + this.#firstTap[phase]);
      phase += morePhase;
      at += more;
      if (phase < phases) continue;
      phase -= phases;
      at++;
    }
  }

  /** Drops what no later output reads. */
  #forget(): void {
    const next = Math.floor((this.#output * this.#step) / this.#phases) - this.#pad;
    const drop = Math.min(this.#filled, next - this.#base);
    if (drop <= 0) return;
    this.#history.copyWithin(0, drop, this.#filled);
    this.#filled -= drop;
    this.#base += drop;
  }
}

/** Converts a whole signal without delay; the answer has round(n · out / in) samples. Throws like {@link Resampler}. */
export function resample(
  samples: Float32Array,
  inputRate: number,
  outputRate: number,
  options: ResamplerOptions = {},
): Float32Array {
  if (inputRate === outputRate) return samples.slice();
  const converter = new Resampler(inputRate, outputRate, options);
  const head = converter.process(samples);
  const tail = converter.flush();
  const out = new Float32Array(Math.round((samples.length * outputRate) / inputRate));
  out.set(head.subarray(0, out.length));
  out.set(tail.subarray(0, Math.max(0, out.length - head.length)), Math.min(head.length, out.length));
  return out;
}
