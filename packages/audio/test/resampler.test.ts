import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Resampler, type ResamplerOptions, resample } from '../src/pcm/index.ts';

const RATES = [8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000];
const SHORT: ResamplerOptions = { halfLength: 10, cutoff: 1, beta: 5.4 };

const sine = (n: number, hz: number, rate: number): Float32Array =>
  Float32Array.from({ length: n }, (_, i) => Math.sin((2 * Math.PI * hz * i) / rate));
const rms = (x: Float32Array): number => Math.sqrt(x.reduce((s, v) => s + v * v, 0) / x.length);
const noise = (n: number): Float32Array => Float32Array.from({ length: n }, (_, i) => Math.sin(i * i * 0.37) * 0.8);

function chunked(x: Float32Array, sizes: number[], a: number, b: number, options: ResamplerOptions): Float32Array {
  const r = new Resampler(a, b, options);
  const out: number[] = [];
  for (let at = 0, k = 0; at < x.length; k++) {
    const size = sizes[k % sizes.length];
    out.push(...r.process(x.subarray(at, at + size)));
    at += size;
  }
  out.push(...r.flush());
  return Float32Array.from(out);
}

describe('Resampler', () => {
  it('is bit-exact whatever the chunking', () => {
    const x = noise(3000);
    fc.assert(
      fc.property(
        fc.constantFrom(...RATES),
        fc.constantFrom(...RATES),
        fc.array(fc.integer({ min: 0, max: 700 }), { minLength: 1, maxLength: 8 }).filter((s) => s.some((v) => v > 0)),
        fc.constantFrom<ResamplerOptions>({}, SHORT),
        (a, b, sizes, options) => {
          expect(chunked(x, sizes, a, b, options)).toEqual(chunked(x, [x.length], a, b, options));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('gives each output exactly when its last input is there', () => {
    fc.assert(
      fc.property(fc.constantFrom(...RATES), fc.constantFrom(...RATES), fc.integer({ min: 0, max: 2000 }), (a, b, n) => {
        const r = new Resampler(a, b, SHORT);
        const given = r.process(new Float32Array(n)).length;
        let expected = 0;
        // m · a / b + 10 · a / lower < n, in whole numbers.
        while (expected * a * Math.min(a, b) + 10 * a * b < n * b * Math.min(a, b)) expected++;
        expect(given).toBe(expected);
        expect(given + r.flush().length).toBe(Math.ceil((n * b) / a));
        expect(r.latencySeconds).toBe(10 / Math.min(a, b));
      }),
      { numRuns: 200 },
    );
  });

  it('centres output m on input time m · in / out', () => {
    for (const [a, b] of [
      [24000, 8000],
      [8000, 24000],
      [44100, 8000],
      [16000, 48000],
    ]) {
      const y = resample(sine(a, 440, a), a, b);
      const want = sine(b, 440, b);
      let worst = 0;
      for (let i = 200; i < b - 200; i++) worst = Math.max(worst, Math.abs(y[i] - want[i]));
      expect(worst).toBeLessThan(2e-3);
    }
  });

  it('passes to 3.3 kHz and stops from 4.7 kHz with half-length 10 at 8 kHz', () => {
    const level = (hz: number): number =>
      20 * Math.log10(rms(resample(sine(24000, hz, 24000), 24000, 8000, SHORT).subarray(100, 7900)) * Math.SQRT2);
    expect(Math.abs(level(3300))).toBeLessThan(0.1);
    expect(Math.abs(level(1000))).toBeLessThan(0.05);
    for (const hz of [4700, 5500, 7300, 9100, 11500]) expect(level(hz)).toBeLessThan(-50);
  });

  it('keeps length over a round trip and refuses odd arguments', () => {
    for (const rate of RATES) expect(resample(resample(noise(1000), rate, 48000), 48000, rate)).toHaveLength(1000);
    expect(() => new Resampler(0, 8000)).toThrow(RangeError);
    expect(() => new Resampler(8000.5, 8000)).toThrow(RangeError);
    expect(() => new Resampler(8000, 8000, { halfLength: 2.5 })).toThrow(RangeError);
    expect(() => new Resampler(8000, 8000, { cutoff: 0 })).toThrow(RangeError);
    const r = new Resampler(8000, 16000);
    r.flush();
    expect(() => r.process(noise(1))).toThrow();
  });
});
