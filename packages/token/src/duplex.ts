/**
 * DUPX: what the agent heard. A frame of the sealed lane with a 24-bit digest of the caller's sound and a 24-bit tag; a caller's
 * verifier that knows what its side sent finds the agent's ears at the other end of the line, which a replayed or one-way voice has not.
 *
 * body = digest 24 ‖ tag 24; tag = HMAC-SHA-256(subkey(K_s, "ut1 dupx", s), "ut1 heard" ‖ card hash ‖ u32(h) ‖ digest)[0..24], h being the
 * slot that was heard and s the slot whose key the frame takes as an AUTH would. The digest is taken over slot h of the agent's clock with the
 * bytes of {@link heardSelection}. The frame's counter is h modulo 32. It counts only under the arrival rule.
 */
import { concat, constantTimeEqual, u32 } from './bytes.ts';
import { subkey } from './chain.ts';
import { hmacSha256 } from './crypto.ts';
import { selectionBytes } from './digest-selection.ts';
import { TokenError } from './errors.ts';
import { COUNTERS } from './frame.ts';

export const HEARD_DIGEST_BITS: number = 24;
const HALF = 3;

function u24(value: number): Uint8Array {
  if (!Number.isInteger(value) || value < 0 || value >= 2 ** HEARD_DIGEST_BITS)
    throw new TokenError('bad-argument', 'a digest has 24 bits');
  return u32(value).slice(1);
}

function heardTag(key: Uint8Array, cardHash: Uint8Array, slot: number, heardSlot: number, digest: Uint8Array): Uint8Array {
  return hmacSha256(subkey(key, 'ut1 dupx', cardHash, slot), 'ut1 heard', cardHash, u32(heardSlot), digest).slice(0, HALF);
}

/** The 6 body bytes. Throws `bad-argument`. */
export function encodeHeard(key: Uint8Array, cardHash: Uint8Array, slot: number, heardSlot: number, digest: number): Uint8Array {
  const bytes = u24(digest);
  return concat(bytes, heardTag(key, cardHash, slot, heardSlot, bytes));
}

/** The digest of what was heard in `heardSlot`, if the tag holds, else `null`. */
export function verifyHeard(
  body: Uint8Array,
  key: Uint8Array,
  cardHash: Uint8Array,
  slot: number,
  heardSlot: number,
): number | null {
  if (body.length !== 2 * HALF) return null;
  const digest = body.subarray(0, HALF);
  const holds = constantTimeEqual(heardTag(key, cardHash, slot, heardSlot, digest), body.subarray(HALF));
  return holds ? (digest[0] << 16) | (digest[1] << 8) | digest[2] : null;
}

/** Slot that a DUPX counter means, the newest that was over before the frame began in `heardIn`; `null` when there is none. */
export function resolveHeardCounter(ctr: number, heardIn: number): number | null {
  const newest = heardIn - 1;
  const slot = newest - ((((newest - ctr) % COUNTERS) + COUNTERS) % COUNTERS);
  return slot >= 1 ? slot : null;
}

/**
 * 512 selection bytes for the digest of slot h, like those of the slot digest, from subkey(K_h, "ut1 ears", h): nobody can aim at them
 * in time.
 */
export function heardSelection(key: Uint8Array, cardHash: Uint8Array, heardSlot: number): Uint8Array {
  return selectionBytes(subkey(key, 'ut1 ears', cardHash, heardSlot));
}

/** Bits of a digest that differ from another of 24 bits. */
export function heardErrors(heard: number, sent: number): number {
  return [...u24(heard ^ sent)].reduce((sum, byte) => sum + byte.toString(2).replaceAll('0', '').length, 0);
}

/** log2 of the chance that `of` fair coins fall on one side at most `most` times. */
function chanceBits(most: number, of: number): number {
  let ways = 0;
  let choose = 1;
  for (let i = 0; i <= most; i++) {
    ways += choose;
    choose = (choose * (of - i)) / (i + 1);
  }
  return Math.log2(ways) - of;
}

/**
 * Bits in favour of a two-way call from the digests of several slots, never negative: `errors` in all at the delay that fits best, of
 * `delays` that were tried. An upper bound, as bits of one voice are not quite independent.
 */
export function heardBits(errors: number, digests: number, delays: number): number {
  if (!(delays >= 1 && digests >= 1)) throw new TokenError('bad-argument', 'at least one digest and one delay');
  return Math.max(0, -chanceBits(errors, digests * HEARD_DIGEST_BITS) - Math.log2(delays));
}

/** Bits from which the agent is said to have heard this side of the call. */
export const TWO_WAY_BITS: number = 24;
