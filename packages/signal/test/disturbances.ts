/** What happens to sound between two telephones beside coding, at 8 kHz. All are repeatable. */

/** A small generator, 0 … 1. */
function sequence(seed: number): () => number {
  let x = seed;
  return () => {
    x = (Math.imul(x, 1664525) + 1013904223) >>> 0;
    return x / 2 ** 32;
  };
}

/** Played faster by parts per million (slower when negative), pitch and all: two clocks. */
export function drift(sound: Float32Array, ppm: number): Float32Array {
  const speed = 1 + ppm * 1e-6;
  const REACH = 8;
  return Float32Array.from({ length: Math.floor(sound.length / speed) - REACH }, (_, i) => {
    const at = Math.floor(i * speed);
    const rest = i * speed - at;
    let sum = 0;
    for (let k = 1 - REACH; k <= REACH; k++) {
      const d = k - rest;
      const sinc = Math.abs(d) < 1e-9 ? 1 : Math.sin(Math.PI * d) / (Math.PI * d);
      sum += (sound[at + k] ?? 0) * sinc * (0.5 + 0.5 * Math.cos((Math.PI * d) / (REACH + 0.5)));
    }
    return sum;
  });
}

/** The pitch period before a sample, or what is likest one: 2.5 … 15 ms. */
function period(sound: Float32Array, at: number): number {
  let best = -2;
  let found = 20;
  for (let lag = 20; lag <= 120; lag++) {
    let [xy, xx, yy] = [0, 1e-9, 1e-9];
    for (let i = at; i < at + 160; i++) {
      xy += sound[i] * sound[i - lag];
      xx += sound[i] ** 2;
      yy += sound[i - lag] ** 2;
    }
    if (xy / Math.sqrt(xx * yy) > best) [best, found] = [xy / Math.sqrt(xx * yy), lag];
  }
  return found;
}

/**
 * What a jitter buffer does when it plays faster or slower: about every so many seconds a pitch period is cut out or repeated, faded across.
 * @param way `cut`, `stretch`, or `both` by turns
 */
export function jitter(sound: Float32Array, way: 'cut' | 'stretch' | 'both', seconds: number): Float32Array {
  const next = sequence(9);
  const out: number[] = [];
  let at = 0;
  for (let turn = 0; at < sound.length; turn++) {
    const stop = Math.min(sound.length, at + Math.round(8000 * seconds * (0.5 + next())));
    for (; at < stop; at++) out.push(sound[at]);
    if (at + 400 > sound.length) continue;
    const lag = period(sound, at);
    const cuts = way === 'cut' || (way === 'both' && turn % 2 === 0);
    const other = cuts ? lag : -lag;
    for (let i = 0; i < lag; i++) out.push(sound[at + i] * (1 - i / lag) + sound[at + other + i] * (i / lag));
    if (cuts) at += 2 * lag;
  }
  return Float32Array.from(out);
}

/** Packets of 20 ms lost at random; each is concealed by the one before, fading. */
export function loss(sound: Float32Array, share: number): Float32Array {
  const next = sequence(4);
  const out = sound.slice();
  for (let at = 160; at + 160 <= out.length; at += 160)
    if (next() < share) for (let i = at; i < at + 160; i++) out[i] = 0.7 * out[i - 160];
  return out;
}
