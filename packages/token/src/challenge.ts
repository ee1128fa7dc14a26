/**
 * CHAL: the agent answers a caller's nonce inside its voice. The nonce arrives out of band or by DTMF and costs no bits; the answer is a
 * frame of the sealed lane whose body is 48 bits of a MAC under a slot key that is not disclosed yet.
 *
 * body = HMAC-SHA-256(subkey(K_s, "ut1 chal", s), "ut1 answer" ‖ card hash ‖ nonce)[0..48], s being the slot whose key the frame takes
 * as an AUTH would. The frame's counter is the nonce's number modulo 32. It proves that this call reacts to this caller, and, like
 * every MAC of the chain, only while K_s was secret: judge it by the arrival rule, and never from a recording.
 */
import { constantTimeEqual } from './bytes.ts';
import { subkey } from './chain.ts';
import { hmacSha256 } from './crypto.ts';
import { TokenError } from './errors.ts';
import { FRAME_SHAPES } from './frame.ts';

const { bodyBytes } = FRAME_SHAPES.single;

export const CHALLENGE_BITS: number = 8 * bodyBytes;
/** Shortest and longest nonce, bytes: eight DTMF digits up to a hash. */
export const MIN_CHALLENGE_BYTES: number = 8;
export const MAX_CHALLENGE_BYTES: number = 64;

/** Throws `bad-argument` unless a nonce has 8 … 64 bytes. */
export function checkNonce(nonce: Uint8Array): void {
  if (nonce.length < MIN_CHALLENGE_BYTES || nonce.length > MAX_CHALLENGE_BYTES)
    throw new TokenError('bad-argument', 'nonce length');
}

/** The 6 body bytes. Throws `bad-argument`. */
export function challengeAnswer(key: Uint8Array, cardHash: Uint8Array, slot: number, nonce: Uint8Array): Uint8Array {
  checkNonce(nonce);
  return hmacSha256(subkey(key, 'ut1 chal', cardHash, slot), 'ut1 answer', cardHash, nonce).slice(0, bodyBytes);
}

/** Whether a body answers this nonce under this key. */
export function verifyChallenge(
  body: Uint8Array,
  key: Uint8Array,
  cardHash: Uint8Array,
  slot: number,
  nonce: Uint8Array,
): boolean {
  return constantTimeEqual(body, challengeAnswer(key, cardHash, slot, nonce));
}
