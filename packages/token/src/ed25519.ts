/** Ed25519 (RFC 8032), strict. Whoever verifies meets the same few keys again and again: their multiples are kept. */
import { getPublicKey, hashes, Point, sign, utils } from '@noble/ed25519';
import { sha512 } from '@noble/hashes/sha2.js';
import { concat, constantTimeEqual, fromHex, hex } from './bytes.ts';
import { TokenError } from './errors.ts';

hashes.sha512 = sha512;

const ORDER: bigint = Point.CURVE().n;

export const KEY_BYTES: number = 32;
export const SIGNATURE_BYTES: number = 64;

export function ed25519PublicKey(secretKey: Uint8Array): Uint8Array {
  if (secretKey.length !== KEY_BYTES) throw new TokenError('bad-argument', 'an Ed25519 secret key has 32 bytes');
  return getPublicKey(secretKey);
}

export function ed25519Sign(message: Uint8Array, secretKey: Uint8Array): Uint8Array {
  return sign(message, secretKey);
}

/** Signs message after message with one key, which is expanded once: the same signatures in half the time. */
export function ed25519Signer(secretKey: Uint8Array): (message: Uint8Array) => Uint8Array {
  const { prefix, scalar, pointBytes } = utils.getExtendedPublicKey(secretKey);
  return (message) => {
    const nonce = littleEndian(sha512(concat(prefix, message))) % ORDER;
    const r = Point.BASE.multiply(nonce).toBytes();
    const k = littleEndian(sha512(concat(r, pointBytes, message)));
    return concat(r, bytesOf((nonce + k * scalar) % ORDER));
  };
}

/** Whether a signature holds, by the rules of the specification (protocol/spec/01-card.md, CARD-10). Never throws. */
export function ed25519Verify(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean {
  if (signature.length !== SIGNATURE_BYTES || publicKey.length !== KEY_BYTES) return false;
  const multiples = multiplesOf(publicKey);
  const s = littleEndian(signature.subarray(KEY_BYTES));
  if (multiples === null || s >= ORDER) return false;
  const r = signature.subarray(0, KEY_BYTES);
  const k = littleEndian(sha512(concat(r, publicKey, message))) % ORDER;
  // Compared as bytes, so that R has one spelling, and without the cofactor, as most implementations do.
  const expected = Point.BASE.multiply(s, false).subtract(multiples.times(k));
  return constantTimeEqual(expected.toBytes(), r);
}

/** True for 32 bytes that encode a point of the prime-order subgroup. */
export function isEd25519PublicKey(bytes: Uint8Array): boolean {
  return bytes.length === KEY_BYTES && (pointOf(bytes)?.isTorsionFree() ?? false);
}

const littleEndian = (bytes: Uint8Array): bigint => BigInt(`0x${hex(bytes.slice().reverse())}`);
const bytesOf = (value: bigint): Uint8Array => fromHex(value.toString(16).padStart(2 * KEY_BYTES, '0')).reverse();

/** Teeth of the comb and bits between them: 4 · 64 cover every scalar. */
const TEETH = 4;
const SPACING = 64;

/** The sums of P, 2⁶⁴P, 2¹²⁸P and 2¹⁹²P, by which a multiple costs 63 doublings and as many additions (Lim and Lee 1994). */
class Multiples {
  readonly #sums: Point[] = [Point.ZERO];

  constructor(point: Point) {
    let tooth = point;
    for (let i = 0; i < TEETH; i++) {
      for (let doublings = 0; i > 0 && doublings < SPACING; doublings++) tooth = tooth.double();
      for (const sum of this.#sums.slice()) this.#sums.push(sum.add(tooth));
    }
  }

  times(scalar: bigint): Point {
    const words = Array.from({ length: TEETH }, (_, i) => BigInt.asUintN(SPACING, scalar >> BigInt(i * SPACING)));
    const bits = words.map((word) => word.toString(2).padStart(SPACING, '0'));
    let sum = Point.ZERO;
    for (let at = 0; at < SPACING; at++) {
      const index = bits.reduce((value, word, i) => value + (word[at] === '1' ? 1 << i : 0), 0);
      sum = sum.double();
      if (index > 0) sum = sum.add(this.#sums[index]);
    }
    return sum;
  }
}

/** Keys whose multiples are kept; a verifier follows few sessions of few issuers at a time. */
const KEPT_KEYS = 64;
const kept = new Map<string, Multiples>();

/** Null for bytes that are no canonical point, or one of small order. */
function multiplesOf(publicKey: Uint8Array): Multiples | null {
  const id = hex(publicKey);
  let multiples = kept.get(id);
  if (!multiples) {
    const point = pointOf(publicKey);
    if (point === null) return null;
    multiples = new Multiples(point);
  }
  // The one used last stands last.
  kept.delete(id);
  kept.set(id, multiples);
  if (kept.size > KEPT_KEYS) kept.delete(kept.keys().next().value!);
  return multiples;
}

function pointOf(bytes: Uint8Array): Point | null {
  try {
    const point = Point.fromBytes(bytes);
    return point.isSmallOrder() ? null : point;
  } catch {
    return null;
  }
}
