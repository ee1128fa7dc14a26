// What the air and the desk do to a call: noise, rooms, other talkers, gain control, clipping. Each takes a seeded source of chance.
import { bandpass, convolve } from './filters.mjs';

/** A repeatable source of chance. */
export function chance(seed) {
  let state = seed >>> 0;
  const uniform = () => {
    state = (state + 0x9e3779b9) >>> 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    return ((z ^ (z >>> 16)) >>> 0) / 2 ** 32;
  };
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  return { uniform, normal };
}

export const rms = (x) => Math.sqrt(x.reduce((a, v) => a + v * v, 0) / x.length);
export const gain = (x, factor) => x.map((v) => v * factor);
const add = (x, y, factor) => x.map((v, i) => v + factor * (y[i % y.length] ?? 0));

export const white = (n, { normal }) => Float32Array.from({ length: n }, normal);
/** Noise that falls by 3 dB an octave (Kellet's three poles), unit variance. */
export function pink(n, { normal }) {
  let [a, b, c] = [0, 0, 0];
  const y = Float32Array.from({ length: n }, () => {
    const w = normal();
    a = 0.99765 * a + w * 0.099046;
    b = 0.963 * b + w * 0.2965164;
    c = 0.57 * c + w * 1.0526913;
    return a + b + c + w * 0.1848;
  });
  return gain(y, 1 / rms(y));
}

/** Adds a sound so that the speech stands `db` above it. */
export const withNoise = (x, noise, db) => add(x, noise, (rms(x) / rms(noise)) * 10 ** (-db / 20));

/** Impulse response of a room: the direct sound, and noise that decays by 60 dB in `rt60` seconds, `directDb` under it in all. */
export function room(rt60, directDb, rate, { normal }) {
  const h = new Float32Array(Math.ceil(rt60 * rate));
  const begin = Math.round(0.002 * rate);
  let energy = 0;
  for (let i = begin; i < h.length; i++) {
    h[i] = normal() * 10 ** ((-3 * i) / h.length);
    energy += h[i] ** 2;
  }
  const scale = 10 ** (-directDb / 20) / Math.sqrt(energy);
  for (let i = 0; i < h.length; i++) h[i] *= scale;
  h[0] = 1;
  return h;
}
export const reverberate = (x, rate, rt60, directDb, source) => convolve(x, room(rt60, directDb, rate, source));

/** A loudspeaker and a microphone a metre away: a small room, both ends' bands, and the echo that a poor canceller leaves. */
export function speakerphone(x, rate, source) {
  const y = reverberate(bandpass(x, rate, 250, 3800), rate, 0.35, 2, source);
  const delay = Math.round(0.12 * rate);
  return withNoise(
    y.map((v, i) => v + 0.15 * (y[i - delay] ?? 0)),
    pink(y.length, source),
    30,
  );
}

/** Echo of a source at a distance: y = x + volume · x delayed. */
export function echo(x, rate, seconds, volume) {
  const d = Math.round(seconds * rate);
  return x.map((v, i) => v + volume * (x[i - d] ?? 0));
}

/** Level after a one-pole detector, as compressors measure it: [samples] dB. */
function followed(x, rate, attack, release) {
  const [up, down] = [1 - Math.exp(-1 / (attack * rate)), 1 - Math.exp(-1 / (release * rate))];
  let level = 0;
  return Float32Array.from(x, (v) => {
    const e = Math.abs(v);
    level += (e > level ? up : down) * (e - level);
    return 20 * Math.log10(level + 1e-6);
  });
}
/** Downward compression above a threshold in dB; a very large ratio limits. */
export const compress = (x, rate, threshold, ratio, attack = 0.005, release = 0.1) => {
  const level = followed(x, rate, attack, release);
  return x.map((v, i) => v * 10 ** ((Math.min(0, threshold - level[i]) * (1 - 1 / ratio)) / 20));
};
/** Downward expansion under a threshold. */
export const expand = (x, rate, threshold, ratio) => {
  const level = followed(x, rate, 0.005, 0.1);
  return x.map((v, i) => v * 10 ** (Math.max(-60, Math.min(0, level[i] - threshold) * (ratio - 1)) / 20));
};
/** Automatic gain control towards −20 dB with a second's inertia, at most 24 dB up or down. */
export const agc = (x, rate) => {
  const level = followed(x, rate, 0.3, 1.5);
  return x.map((v, i) => v * 10 ** (Math.max(-24, Math.min(24, level[i] < -50 ? 0 : -20 - level[i])) / 20));
};
/** Clips the loudest `share` of samples. */
export function clip(x, share) {
  const sorted = Float32Array.from(x, Math.abs).sort();
  const limit = sorted[Math.floor((1 - share) * (sorted.length - 1))];
  return x.map((v) => Math.max(-limit, Math.min(limit, v)));
}
/** Rounds to a number of levels between −1 and 1. */
export const quantise = (x, levels) =>
  x.map((v) => Math.max(-1, Math.min(1, (Math.round(((v + 1) / 2) * (levels - 1)) / (levels - 1)) * 2 - 1)));

/** A telephone's handset: 300 … 3400 Hz. */
export const telephoneBand = (x, rate) => bandpass(x, rate, 300, 3400, 8);
