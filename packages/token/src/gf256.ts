/**
 * Arithmetic in GF(256), field polynomial x^8 + x^4 + x^3 + x^2 + 1 (0x11d), generator 2; and polynomials over it,
 * as arrays of coefficients from the constant term upwards, without leading zeros.
 */
const EXP: Uint8Array = new Uint8Array(510);
const LOG: Uint8Array = new Uint8Array(256);
for (let i = 0, value = 1; i < 255; i++) {
  EXP[i] = value;
  EXP[i + 255] = value;
  LOG[value] = i;
  value = value & 0x80 ? (value << 1) ^ 0x11d : value << 1;
}

export function gfMul(a: number, b: number): number {
  return a === 0 || b === 0 ? 0 : EXP[LOG[a] + LOG[b]];
}

/** Inverse of a non-zero element. */
export function gfInv(a: number): number {
  return EXP[255 - LOG[a]];
}

export type Poly = readonly number[];

function trim(poly: number[]): Poly {
  let length = poly.length;
  while (length > 0 && poly[length - 1] === 0) length--;
  return poly.slice(0, length);
}

/** Sum (and difference: the characteristic is 2). */
export function polyAdd(a: Poly, b: Poly): Poly {
  return trim(Array.from({ length: Math.max(a.length, b.length) }, (_, i) => (a[i] ?? 0) ^ (b[i] ?? 0)));
}

export function polyMul(a: Poly, b: Poly): Poly {
  if (a.length === 0 || b.length === 0) return [];
  const out = new Array<number>(a.length + b.length - 1).fill(0);
  for (let i = 0; i < a.length; i++) for (let j = 0; j < b.length; j++) out[i + j] ^= gfMul(a[i], b[j]);
  return trim(out);
}

/** Quotient and remainder by a non-zero polynomial. */
export function polyDivide(a: Poly, b: Poly): { readonly quotient: Poly; readonly remainder: Poly } {
  const rest = [...a];
  const quotient = new Array<number>(Math.max(0, a.length - b.length + 1)).fill(0);
  const lead = gfInv(b[b.length - 1]);
  for (let at = quotient.length - 1; at >= 0; at--) {
    const factor = gfMul(rest[at + b.length - 1], lead);
    quotient[at] = factor;
    for (let i = 0; i < b.length; i++) rest[at + i] ^= gfMul(factor, b[i]);
  }
  return { quotient: trim(quotient), remainder: trim(rest) };
}

export function polyEval(poly: Poly, x: number): number {
  let value = 0;
  for (let i = poly.length - 1; i >= 0; i--) value = gfMul(value, x) ^ poly[i];
  return value;
}

/** Π (x − point). */
export function polyFromRoots(points: readonly number[]): Poly {
  return points.reduce<Poly>((poly, point) => polyMul(poly, [point, 1]), [1]);
}
