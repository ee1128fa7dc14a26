/** A small deterministic generator for what both ends must draw alike: chips and interleaving. Not for secrets. */

/**
 * SplitMix32 (the 32-bit finaliser of MurmurHash3 over a Weyl sequence).
 * @param seed any 32-bit integer
 * @returns a function that gives the next unsigned 32-bit integer
 */
export function splitMix32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    return (z ^ (z >>> 16)) >>> 0;
  };
}

/** Fisher–Yates: the numbers 0 … n−1 in an order drawn from `next`; index i swaps with next() mod (i + 1), i falling. */
export function permutation(n: number, next: () => number): Uint16Array {
  const p = Uint16Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = next() % (i + 1);
    const t = p[i];
    p[i] = p[j];
    p[j] = t;
  }
  return p;
}
