/** Sound made longer or shorter at the same pitch, by overlapping windows where they are most alike (WSOLA, Verhelst and Roelands 1993). */

/** 30 ms windows at 8 kHz, half of each over the next, moved by up to 5 ms to where they fit: further off a tile is not where it should be. */
const WINDOW = 240;
const HOP = WINDOW / 2;
const SEARCH = 40;
const FADE = Float32Array.from({ length: WINDOW }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * (i + 0.5)) / WINDOW));

/** How alike the sound is at two places; the second's loudness does not count. */
function likeness(sound: Float32Array, a: number, b: number): number {
  let product = 0;
  let power = 1e-9;
  for (let i = 0; i < HOP; i += 2) {
    product += sound[a + i] * sound[b + i];
    power += sound[b + i] ** 2;
  }
  return product / Math.sqrt(power);
}

/** Core-rate sound at another tempo: `factor` times as long. */
export function lengthen(sound: Float32Array, factor: number): Float32Array {
  const out = new Float32Array(Math.floor(sound.length * factor) + WINDOW);
  // What would follow the last window by nature.
  let natural = 0;
  for (let at = 0; ; at += HOP) {
    const wanted = Math.round(at / factor);
    if (Math.max(wanted + SEARCH, natural) + WINDOW > sound.length) break;
    let best = wanted;
    let most = -Infinity;
    for (let place = Math.max(0, wanted - SEARCH); at > 0 && place <= wanted + SEARCH; place++) {
      const alike = likeness(sound, natural, place);
      if (alike > most) [most, best] = [alike, place];
    }
    for (let i = 0; i < WINDOW; i++) out[at + i] += FADE[i] * sound[best + i];
    natural = best + HOP;
  }
  return out.subarray(0, Math.floor(sound.length * factor));
}
