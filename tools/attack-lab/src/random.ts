/** Reproducible randomness: a try can be run again by its number. */

/** Numbers 0 … 1 (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 15), z | 1);
    z ^= z + Math.imul(z ^ (z >>> 7), z | 61);
    return ((z ^ (z >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Keys of a session that are the same for the same name: what a codec loses depends on them. */
export function bytesOf(name: string): (length: number) => Uint8Array {
  const random = randomOf([...name].reduce((hash, c) => (Math.imul(hash, 31) + c.charCodeAt(0)) | 0, 7));
  return (length) => Uint8Array.from({ length }, () => Math.floor(256 * random()));
}

/** One of a list. */
export const pick = <T>(random: () => number, list: readonly T[]): T => list[Math.floor(random() * list.length)];
