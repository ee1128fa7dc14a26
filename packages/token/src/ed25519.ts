/** Ed25519 (RFC 8032), strict. */
import { getPublicKey, hashes, Point, sign, verify } from '@noble/ed25519';
import { sha512 } from '@noble/hashes/sha2.js';
import { TokenError } from './errors.ts';

hashes.sha512 = sha512;

export const KEY_BYTES: number = 32;
export const SIGNATURE_BYTES: number = 64;

export function ed25519PublicKey(secretKey: Uint8Array): Uint8Array {
  if (secretKey.length !== KEY_BYTES) throw new TokenError('bad-argument', 'an Ed25519 secret key has 32 bytes');
  return getPublicKey(secretKey);
}

export function ed25519Sign(message: Uint8Array, secretKey: Uint8Array): Uint8Array {
  return sign(message, secretKey);
}

/**
 * Strict verification: canonical encodings only, and small-order keys are refused, so that one signature
 * cannot stand for two messages. Never throws.
 */
export function ed25519Verify(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean {
  if (signature.length !== SIGNATURE_BYTES || publicKey.length !== KEY_BYTES) return false;
  try {
    return verify(signature, message, publicKey, { zip215: false });
  } catch {
    return false;
  }
}

/** True for 32 bytes that encode a point of the prime-order subgroup. */
export function isEd25519PublicKey(bytes: Uint8Array): boolean {
  if (bytes.length !== KEY_BYTES) return false;
  try {
    const point = Point.fromBytes(bytes);
    return !point.is0() && !point.isSmallOrder() && point.isTorsionFree();
  } catch {
    return false;
  }
}
