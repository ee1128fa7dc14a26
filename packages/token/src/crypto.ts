/**
 * The three primitives, in one place: SHA-256, HMAC-SHA-256 and Ed25519 (RFC 8032).
 */
import { ed25519 } from '@noble/curves/ed25519.js';
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 as nobleSha256 } from '@noble/hashes/sha2.js';
import { randomBytes as nobleRandomBytes } from '@noble/hashes/utils.js';
import { concat } from './bytes.ts';
import { TokenError } from './errors.ts';

/** Gives `size` unpredictable bytes. */
export type RandomSource = (size: number) => Uint8Array;

export const KEY_BYTES: number = 32;
export const SIGNATURE_BYTES: number = 64;

/** SHA-256 over the parts in order; text parts are UTF-8. */
export function sha256(...parts: readonly (Uint8Array | string)[]): Uint8Array {
  return nobleSha256(concat(...parts));
}

/** HMAC-SHA-256 over the parts in order. */
export function hmacSha256(key: Uint8Array, ...parts: readonly (Uint8Array | string)[]): Uint8Array {
  return hmac(nobleSha256, key, concat(...parts));
}

/** The platform's secure source; needs `globalThis.crypto`. */
export function randomBytes(size: number): Uint8Array {
  return nobleRandomBytes(size);
}

export function ed25519PublicKey(secretKey: Uint8Array): Uint8Array {
  if (secretKey.length !== KEY_BYTES) throw new TokenError('bad-argument', 'an Ed25519 secret key has 32 bytes');
  return ed25519.getPublicKey(secretKey);
}

export function ed25519Sign(message: Uint8Array, secretKey: Uint8Array): Uint8Array {
  return ed25519.sign(message, secretKey);
}

/**
 * Strict verification: canonical encodings only, and small-order keys are refused, so that one signature
 * cannot stand for two messages. Never throws.
 */
export function ed25519Verify(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean {
  if (signature.length !== SIGNATURE_BYTES || publicKey.length !== KEY_BYTES) return false;
  try {
    return ed25519.verify(signature, message, publicKey, { zip215: false });
  } catch {
    return false;
  }
}

/** True for 32 bytes that encode a point of the prime-order subgroup. */
export function isEd25519PublicKey(bytes: Uint8Array): boolean {
  if (bytes.length !== KEY_BYTES) return false;
  try {
    const point = ed25519.Point.fromBytes(bytes);
    return !point.is0() && !point.isSmallOrder() && point.isTorsionFree();
  } catch {
    return false;
  }
}
