/**
 * The three primitives, in one place: SHA-256, HMAC-SHA-256 and Ed25519 (RFC 8032).
 */
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 as nobleSha256 } from '@noble/hashes/sha2.js';
import { randomBytes as nobleRandomBytes } from '@noble/hashes/utils.js';
import { concat } from './bytes.ts';

export * from './ed25519.ts';

/** Gives `size` unpredictable bytes. */
export type RandomSource = (size: number) => Uint8Array;

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
