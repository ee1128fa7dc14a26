/** The Fourier transform of one window of sound. */

/** Samples of a window: a power of two. */
export const WINDOW = 1024;

const BITS = Math.log2(WINDOW);
const COSINES = Float64Array.from({ length: WINDOW / 2 }, (_, i) => Math.cos((2 * Math.PI * i) / WINDOW));
const SINES = Float64Array.from({ length: WINDOW / 2 }, (_, i) => Math.sin((2 * Math.PI * i) / WINDOW));
const REVERSED = Uint16Array.from({ length: WINDOW }, (_, i) => {
  let reversed = 0;
  for (let b = 0; b < BITS; b++) reversed |= ((i >> b) & 1) << (BITS - 1 - b);
  return reversed;
});

/** Transforms `re` + i·`im` in place, both {@link WINDOW} long: decimation in time. */
export function transform(re: Float64Array, im: Float64Array): void {
  for (let i = 0; i < WINDOW; i++) {
    const j = REVERSED[i];
    if (j <= i) continue;
    [re[i], re[j]] = [re[j], re[i]];
    [im[i], im[j]] = [im[j], im[i]];
  }
  for (let size = 2; size <= WINDOW; size *= 2) {
    const half = size / 2;
    const step = WINDOW / size;
    for (let start = 0; start < WINDOW; start += size)
      for (let k = 0; k < half; k++) {
        const c = COSINES[k * step];
        const s = SINES[k * step];
        const a = start + k;
        const b = a + half;
        const r = re[b] * c + im[b] * s;
        const i = im[b] * c - re[b] * s;
        re[b] = re[a] - r;
        im[b] = im[a] - i;
        re[a] += r;
        im[a] += i;
      }
  }
}

/** |X|² of the lower half of the bins. */
export function powerSpectrum(windowed: Float64Array): Float64Array {
  const im = new Float64Array(WINDOW);
  const re = windowed.slice();
  transform(re, im);
  return re.subarray(0, WINDOW / 2).map((v, i) => v * v + im[i] * im[i]);
}

/**
 * Σ x[i]·x[i + lag] over the first `WINDOW − longest` samples, for lags 0 … `longest`. Beyond those samples the first factor is
 * zero, so nothing wraps around: conj(A)·B, where A is the shortened window's transform and B the whole one's, both taken at once.
 */
export function correlation(samples: Float32Array, longest: number): Float64Array {
  const short = WINDOW - longest;
  const re = new Float64Array(WINDOW);
  const im = Float64Array.from(samples);
  for (let i = 0; i < short; i++) re[i] = samples[i];
  transform(re, im);
  const productRe = new Float64Array(WINDOW);
  const productIm = new Float64Array(WINDOW);
  for (let k = 0; k < WINDOW; k++) {
    const m = (WINDOW - k) % WINDOW;
    const aRe = (re[k] + re[m]) / 2;
    const aIm = (im[k] - im[m]) / 2;
    const bRe = (im[k] + im[m]) / 2;
    const bIm = (re[m] - re[k]) / 2;
    productRe[k] = aRe * bRe + aIm * bIm;
    // Conjugated, so that a forward transform takes it back.
    productIm[k] = -(aRe * bIm - aIm * bRe);
  }
  transform(productRe, productIm);
  return productRe.subarray(0, longest + 1).map((v) => v / WINDOW);
}
