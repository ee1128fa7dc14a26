// What happens to a call's time: speed, drift, jitter buffers, lost packets, cuts. Each gives the sound and the way back to the time sent.
import { rms } from './room.mjs';

const unchanged = (t) => t;
export const timed = (samples, rate, sentAt = unchanged) => ({ samples, rate, sentAt });

/** A sound read at other places: band-limited by a windowed sinc of 16 samples. */
function readAt(x, places) {
  const half = 8;
  return Float32Array.from(places, (p) => {
    const first = Math.floor(p) - half + 1;
    let sum = 0;
    for (let i = first; i < first + 2 * half; i++) {
      const d = p - i;
      const window = 0.5 + 0.5 * Math.cos((Math.PI * d) / half);
      sum += (x[i] ?? 0) * (d === 0 ? 1 : (Math.sin(Math.PI * d) / (Math.PI * d)) * window);
    }
    return sum;
  });
}

/** Played faster by a factor, pitch and all. */
export function speed(x, rate, factor) {
  const n = Math.floor(x.length / factor);
  return timed(
    readAt(
      x,
      Float64Array.from({ length: n }, (_, i) => i * factor),
    ),
    rate,
    (t) => t * factor,
  );
}

/** Samples taken at jittering times, σ in samples. */
export const jitter = (x, rate, sigma, { normal }) =>
  timed(
    readAt(
      x,
      Float64Array.from(x, (_, i) => i + sigma * normal()),
    ),
    rate,
  );

/** Later by some milliseconds. */
export function shift(x, rate, ms) {
  const n = Math.round((ms * rate) / 1000);
  const y = new Float32Array(x.length + n);
  y.set(x, n);
  return timed(y, rate, (t) => t - ms / 1000);
}

/** The first seconds are gone. */
export const cut = (x, rate, seconds) => timed(x.slice(Math.round(seconds * rate)), rate, (t) => t + seconds);
export const keep = (x, rate, from, seconds) => timed(x.slice(from * rate, (from + seconds) * rate), rate, (t) => t + from);

/** A contiguous share is deleted, beginning somewhere. */
export function removed(x, rate, share, { uniform }) {
  const n = Math.floor(share * x.length);
  const at = Math.floor(uniform() * (x.length - n));
  const y = new Float32Array(x.length - n);
  y.set(x.subarray(0, at));
  y.set(x.subarray(at + n), at);
  return timed(y, rate, (t) => (t * rate < at ? t : t + n / rate));
}

/** Stretches of silence instead of sound, `seconds` each, one in every five seconds. */
export function muted(x, rate, seconds, { uniform }) {
  const y = x.slice();
  for (let from = 0; from < x.length; from += 5 * rate) {
    const at = from + Math.floor(uniform() * (5 - seconds) * rate);
    y.fill(0, at, at + Math.round(seconds * rate));
  }
  return timed(y, rate);
}

/** 20 ms packets lost and concealed as G.711 Appendix I does in outline: the last pitch period again, fading to nothing in 60 ms. */
export function packetLoss(x, rate, share, { uniform }) {
  const y = x.slice();
  const packet = Math.round(rate / 50);
  let run = 0;
  for (let at = packet * 4; at + packet <= y.length; at += packet) {
    run = uniform() < share ? run + 1 : 0;
    if (run === 0) continue;
    const period = pitch(y, at, rate);
    const fade = Math.max(0, 1 - (run - 1) / 3);
    for (let i = at; i < at + packet; i++) y[i] = fade * y[i - period];
  }
  return timed(y, rate);
}

/** The lag of 2.5 … 15 ms at which the sound before `at` repeats itself best. */
function pitch(x, at, rate) {
  const n = Math.round(rate * 0.015);
  let [best, most] = [n, -Infinity];
  for (let lag = Math.round(rate * 0.0025); lag <= n; lag++) {
    let [sum, energy] = [0, 1e-9];
    for (let i = at - n; i < at; i++) {
      sum += x[i] * (x[i - lag] ?? 0);
      energy += (x[i - lag] ?? 0) ** 2;
    }
    if (sum / Math.sqrt(energy) > most) [most, best] = [sum / Math.sqrt(energy), lag];
  }
  return best;
}

/**
 * A jitter buffer that follows the network: about every `every` seconds it drops or repeats one to three pitch periods with a cross-fade
 * (accelerate, expand), and comes back to where it began.
 */
export function jitterBuffer(x, rate, every, { uniform }) {
  const out = [];
  const places = [{ heard: 0, sent: 0 }];
  let [at, heard, owed] = [0, 0, 0];
  const give = (part) => {
    out.push(part);
    heard += part.length;
  };
  const floor = rms(x) * 0.05;
  while (at < x.length) {
    const step = Math.round((0.5 + uniform()) * every * rate);
    give(x.subarray(at, at + step));
    at += step;
    if (at + rate * 0.1 >= x.length || at < rate * 0.1) continue;
    const period = rms(x.subarray(at - Math.round(rate * 0.02), at)) < floor ? Math.round(rate * 0.01) : pitch(x, at, rate);
    const faster = Math.abs(owed) > rate * 0.06 ? owed < 0 : uniform() < 0.5;
    for (let times = 1 + Math.floor(uniform() * 3); times > 0; times--) {
      const [from, to] = faster ? [at, at + period] : [at, at - period];
      give(Float32Array.from({ length: period }, (_, i) => x[from + i] * (1 - i / period) + (x[to + i] ?? 0) * (i / period)));
      at = to + period;
      owed += faster ? -period : period;
    }
    places.push({ heard: heard / rate, sent: at / rate });
  }
  const y = new Float32Array(heard);
  let n = 0;
  for (const part of out) {
    y.set(part, n);
    n += part.length;
  }
  return timed(y, rate, (t) => {
    const place = places.findLast((p) => p.heard <= t) ?? places[0];
    return t - place.heard + place.sent;
  });
}
