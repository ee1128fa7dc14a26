/** Which comparisons a slot's digest makes: keyed, so that nobody can aim at them before K_s is disclosed. */
import { concat, u32 } from './bytes.ts';
import { subkey } from './chain.ts';
import { hmacSha256 } from './crypto.ts';

const BYTES = 512;
const BLOCK = 32;

/** 512 bytes from a subkey: HMAC-SHA-256(subkey, u32(i)) for i = 0 … 15, one after the other. */
export function selectionBytes(secret: Uint8Array): Uint8Array {
  return concat(...Array.from({ length: BYTES / BLOCK }, (_, i) => hmacSha256(secret, u32(i))));
}

/** {@link selectionBytes} of subkey(K_s, "ut1 dig", card hash, s). */
export function digestSelection(key: Uint8Array, cardHash: Uint8Array, slot: number): Uint8Array {
  return selectionBytes(subkey(key, 'ut1 dig', cardHash, slot));
}
