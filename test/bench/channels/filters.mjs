// Filters of the attack suites: Butterworth sections, moving averages, convolution.

/** A second-order section run forwards. */
function section(x, [b0, b1, b2, a1, a2]) {
  const y = new Float32Array(x.length);
  let [x1, x2, y1, y2] = [0, 0, 0, 0];
  for (let i = 0; i < x.length; i++) {
    const v = b0 * x[i] + b1 * x1 + b2 * x2 - a1 * y1 - a2 * y2;
    x2 = x1;
    x1 = x[i];
    y2 = y1;
    y1 = v;
    y[i] = v;
  }
  return y;
}

const normalised = (b, a) => [...b.map((v) => v / a[0]), a[1] / a[0], a[2] / a[0]];

/** Sections of a Butterworth low-pass or high-pass filter of even order. */
function butterworth(kind, order, cutoff, rate) {
  const w = (2 * Math.PI * Math.min(cutoff, rate * 0.499)) / rate;
  const cos = Math.cos(w);
  return Array.from({ length: order / 2 }, (_, k) => {
    const alpha = Math.sin(w) * Math.sin((Math.PI * (2 * k + 1)) / (2 * order));
    const b = kind === 'low' ? [(1 - cos) / 2, 1 - cos, (1 - cos) / 2] : [(1 + cos) / 2, -1 - cos, (1 + cos) / 2];
    return normalised(b, [1 + alpha, -2 * cos, 1 - alpha]);
  });
}

export const lowpass = (x, rate, cutoff, order = 4) => butterworth('low', order, cutoff, rate).reduce(section, x);
export const highpass = (x, rate, cutoff, order = 4) => butterworth('high', order, cutoff, rate).reduce(section, x);
export const bandpass = (x, rate, low, high, order = 4) => highpass(lowpass(x, rate, high, order), rate, low, order);

/** Two notch sections `width` Hz wide. */
export function bandstop(x, rate, centre, width) {
  const w = (2 * Math.PI * centre) / rate;
  const alpha =
    Math.sin(w) * Math.sinh((Math.LN2 / 2) * Math.log2((centre + width / 2) / (centre - width / 2)) * (w / Math.sin(w)));
  const notch = normalised([1, -2 * Math.cos(w), 1], [1 + alpha, -2 * Math.cos(w), 1 - alpha]);
  return section(section(x, notch), notch);
}

/** A peaking section, gain in dB at `centre`, one Bark or so wide. */
export function peak(x, rate, centre, gainDb) {
  const w = (2 * Math.PI * centre) / rate;
  const a = 10 ** (gainDb / 40);
  const alpha = Math.sin(w) / (2 * 3);
  return section(
    x,
    normalised([1 + alpha * a, -2 * Math.cos(w), 1 - alpha * a], [1 + alpha / a, -2 * Math.cos(w), 1 - alpha / a]),
  );
}

/** Moving average over n samples. */
export function smooth(x, n) {
  const y = new Float32Array(x.length);
  let sum = 0;
  for (let i = 0; i < x.length + (n >> 1); i++) {
    sum += (x[i] ?? 0) - (x[i - n] ?? 0);
    if (i >= n >> 1) y[i - (n >> 1)] = sum / n;
  }
  return y;
}

function fft(re, im, inverse) {
  const n = re.length;
  for (let i = 1, j = 0; i < n; i++) {
    let bit = n >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) {
      [re[i], re[j]] = [re[j], re[i]];
      [im[i], im[j]] = [im[j], im[i]];
    }
  }
  for (let size = 2; size <= n; size *= 2) {
    const angle = ((inverse ? 2 : -2) * Math.PI) / size;
    for (let k = 0; k < size / 2; k++) {
      const c = Math.cos(angle * k);
      const s = Math.sin(angle * k);
      for (let at = k; at < n; at += size) {
        const to = at + size / 2;
        const r = re[to] * c - im[to] * s;
        const m = re[to] * s + im[to] * c;
        re[to] = re[at] - r;
        im[to] = im[at] - m;
        re[at] += r;
        im[at] += m;
      }
    }
  }
}

/** Convolution with an impulse response, cut to the length of x. */
export function convolve(x, h) {
  let n = 1;
  while (n < x.length + h.length) n *= 2;
  const [re, im] = [new Float64Array(n), new Float64Array(n)];
  // Both are real: one transform holds the two.
  re.set(x);
  im.set(h);
  fft(re, im, false);
  const [pr, pi] = [new Float64Array(n), new Float64Array(n)];
  for (let k = 0; k < n; k++) {
    const m = (n - k) % n;
    const [ar, ai, br, bi] = [(re[k] + re[m]) / 2, (im[k] - im[m]) / 2, (im[k] + im[m]) / 2, (re[m] - re[k]) / 2];
    pr[k] = ar * br - ai * bi;
    pi[k] = ar * bi + ai * br;
  }
  fft(pr, pi, true);
  return Float32Array.from({ length: x.length }, (_, i) => pr[i] / n);
}
