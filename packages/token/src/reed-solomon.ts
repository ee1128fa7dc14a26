/**
 * Cauchy Reed–Solomon over 6-byte symbols, each byte position an independent code over GF(256) (protocol page §4).
 *
 * Symbol `index` < K is data symbol `index`; symbol `index` ≥ K is Σ_j data[j] / (index + j), + being XOR. The points
 * are the indices themselves, so every K symbols of the 256 give the data back. Multiplying symbol i by
 *   P′(i) = Π_{l<K, l≠i} (i + l)   for i < K,     P(i) = Π_{l<K} (i + l)   for i ≥ K
 * turns a code word into values of one polynomial of degree < K, which is how it is decoded (Gao 2003).
 */
import { TokenError } from './errors.ts';
import { gfInv, gfMul, type Poly, polyAdd, polyDivide, polyEval, polyFromRoots, polyMul } from './gf256.ts';

export const SYMBOL_BYTES: number = 6;

function checkParameters(k: number, index: number): void {
  if (!Number.isInteger(k) || k < 1 || k > 255) throw new TokenError('rs-bad-parameter', `K = ${k}`);
  if (!Number.isInteger(index) || index < 0 || index > 255) throw new TokenError('rs-bad-parameter', `index ${index}`);
}

/** Symbol `index` (0 to 255) of the code word whose data are `symbols`. */
export function rsEncode(symbols: readonly Uint8Array[], index: number): Uint8Array {
  checkParameters(symbols.length, index);
  if (symbols.some((symbol) => symbol.length !== SYMBOL_BYTES)) throw new TokenError('rs-bad-parameter', 'a symbol has 6 bytes');
  if (index < symbols.length) return symbols[index].slice();
  const out = new Uint8Array(SYMBOL_BYTES);
  symbols.forEach((symbol, j) => {
    const factor = gfInv(index ^ j);
    for (let b = 0; b < SYMBOL_BYTES; b++) out[b] ^= gfMul(factor, symbol[b]);
  });
  return out;
}

function multiplier(index: number, k: number): number {
  let product = 1;
  for (let l = 0; l < k; l++) if (l !== index) product = gfMul(product, index ^ l);
  return product;
}

/** Lagrange basis: polynomial i is 1 at points[i] and 0 at the others. */
function lagrangeBasis(points: readonly number[], master: Poly): readonly Poly[] {
  return points.map((point) => {
    const { quotient } = polyDivide(master, [point, 1]);
    const scale = gfInv(polyEval(quotient, point));
    return quotient.map((value) => gfMul(value, scale));
  });
}

/** Gao's decoder for one byte position: the polynomial of degree < k nearest to the interpolated one, or `null`. */
function nearest(master: Poly, interpolated: Poly, k: number): Poly | null {
  const points = master.length - 1;
  let previous: Poly = master;
  let current: Poly = interpolated;
  let previousFactor: Poly = [];
  let factor: Poly = [1];
  while (2 * (current.length - 1) >= points + k) {
    const { quotient, remainder } = polyDivide(previous, current);
    [previous, current] = [current, remainder];
    [previousFactor, factor] = [factor, polyAdd(previousFactor, polyMul(quotient, factor))];
  }
  const { quotient, remainder } = polyDivide(current, factor);
  return remainder.length === 0 && quotient.length <= k ? quotient : null;
}

/**
 * Recovers the K data symbols. With r symbols received, up to ⌊(r − K) / 2⌋ of them may be wrong in each byte position.
 * Gives `null` when fewer than K arrived or no code word is that near. A wrong answer remains possible beyond the
 * bound: the caller checks a signature over what comes back.
 */
export function rsDecode(received: ReadonlyMap<number, Uint8Array>, k: number): Uint8Array[] | null {
  checkParameters(k, 0);
  const entries = [...received].filter(
    ([index, symbol]) => Number.isInteger(index) && index >= 0 && index <= 255 && symbol.length === SYMBOL_BYTES,
  );
  if (entries.length < k) return null;
  const points = entries.map(([index]) => index);
  const multipliers = points.map((point) => multiplier(point, k));
  const master = polyFromRoots(points);
  const basis = lagrangeBasis(points, master);
  const unscale = Array.from({ length: k }, (_, i) => gfInv(multiplier(i, k)));
  const out = Array.from({ length: k }, () => new Uint8Array(SYMBOL_BYTES));
  for (let b = 0; b < SYMBOL_BYTES; b++) {
    const sum = new Array<number>(points.length).fill(0);
    entries.forEach(([, symbol], i) => {
      const value = gfMul(multipliers[i], symbol[b]);
      if (value !== 0) basis[i].forEach((coefficient, degree) => (sum[degree] ^= gfMul(value, coefficient)));
    });
    const poly = nearest(master, polyAdd(sum, []), k);
    if (poly === null) return null;
    for (let i = 0; i < k; i++) out[i][b] = gfMul(polyEval(poly, i), unscale[i]);
  }
  return out;
}

/**
 * Decoding with a judge (a signature): first all symbols, then without each one, then without each pair, until `accept`
 * says yes. That reaches r − K wrong symbols up to two, twice what decoding alone can correct. At most `maxTries` calls.
 */
export function rsDecodeChecked<T>(
  received: ReadonlyMap<number, Uint8Array>,
  k: number,
  accept: (symbols: Uint8Array[]) => T | null,
  maxTries: number = 600,
): T | null {
  const indices = [...received.keys()];
  const spare = indices.length - k;
  const removals: number[][] = [[]];
  if (spare >= 1) for (const a of indices) removals.push([a]);
  if (spare >= 2) indices.forEach((a, i) => indices.slice(i + 1).forEach((b) => removals.push([a, b])));
  for (const removed of removals.slice(0, maxTries)) {
    const kept = new Map([...received].filter(([index]) => !removed.includes(index)));
    const symbols = rsDecode(kept, k);
    const accepted = symbols === null ? null : accept(symbols);
    if (accepted !== null) return accepted;
  }
  return null;
}
