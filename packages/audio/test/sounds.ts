/** Sounds and measures that the tests share. */

/** A gliding tone with a slow swell: everywhere different, so that delays show. */
export function glide(seconds: number, rate: number, gain = 0.4): Float32Array {
  return Float32Array.from({ length: Math.round(seconds * rate) }, (_, i) => {
    const t = i / rate;
    return gain * (0.7 + 0.3 * Math.sin(9 * t)) * Math.sin(2 * Math.PI * (300 * t + 60 * t * t + 3 * Math.sin(5 * t)));
  });
}

/** Signal to error in dB, without the first and last 50 ms of 16 kHz. */
export function snr(a: Float32Array, b: Float32Array): number {
  let signal = 0;
  let error = 0;
  for (let i = 800; i < Math.min(a.length, b.length) - 800; i++) {
    signal += a[i] * a[i];
    error += (a[i] - b[i]) ** 2;
  }
  return 10 * Math.log10(signal / error);
}

/** The delay of `b` in samples, within ±`most`, at which it agrees best with `a`. */
export function delayOf(a: Float32Array, b: Float32Array, most: number): number {
  let best = 0;
  let top = -Infinity;
  for (let d = -most; d <= most; d++) {
    let c = 0;
    for (let i = most; i < a.length - most; i++) c += a[i] * b[i + d];
    if (c > top) {
      top = c;
      best = d;
    }
  }
  return best;
}
