/**
 * The clock bound: a verifier's nonce signed with the operator's time, from which the verifier knows how late the operator's
 * clock can be at most, without trusting either clock's offset (protocol page §4, Clock bound).
 *
 * U(x) = T + (x − q)(1 + 2·10⁻⁴), x and q being the verifier's monotonic clock. The answer was signed after q, so the operator's
 * clock showed T no earlier than q: at local time x it can't show more than U(x).
 */
import { concat, u48 } from './bytes.ts';
import type { Card } from './card.ts';
import { disclosureTimeMs } from './chain.ts';
import { ed25519Verify } from './crypto.ts';
import { TokenError } from './errors.ts';

export const TIME_NONCE_BYTES: number = 16;
/** Largest relative drift between the two clocks. */
export const CLOCK_DRIFT: number = 2e-4;
/** A bound older than this is no bound; ask again, and after every suspend. */
export const CLOCK_BOUND_LIFE_MS: number = 300_000;

export type SignedTime = {
  /** 16 bytes, chosen by the verifier. */
  readonly nonce: Uint8Array;
  /** T, ms since 1970 by the operator's clock. */
  readonly timeMs: number;
  /** 64 bytes. */
  readonly signature: Uint8Array;
};

/** The signed bytes. Throws `time-malformed`. */
export function timeMessage(nonce: Uint8Array, cardHash: Uint8Array, timeMs: number): Uint8Array {
  if (nonce.length !== TIME_NONCE_BYTES || cardHash.length !== 32) throw new TokenError('time-malformed', 'field length');
  if (!Number.isInteger(timeMs) || timeMs < 0 || timeMs >= 2 ** 48) throw new TokenError('time-malformed', 'time');
  return concat('ut1 time', nonce, cardHash, u48(timeMs));
}

/** Whether an answer is for this nonce and card and signed by the card's session key. Never throws. */
export function verifySignedTime(answer: SignedTime, nonce: Uint8Array, card: Pick<Card, 'cardHash' | 'sessionKey'>): boolean {
  try {
    // The message is built from the nonce asked, so an answer to another question can't pass.
    return ed25519Verify(answer.signature, timeMessage(nonce, card.cardHash, answer.timeMs), card.sessionKey);
  } catch (error) {
    if (error instanceof TokenError) return false;
    throw error;
  }
}

/** Latest the operator's clock can show, ms since 1970, at local time `xMs`, the nonce having been sent at local time `qMs`. */
export function operatorTimeUpperBound(timeMs: number, qMs: number, xMs: number): number {
  return timeMs + (xMs - qMs) * (1 + CLOCK_DRIFT);
}

/** A verified answer as the verifier keeps it. */
export type ClockBound = { readonly timeMs: number; readonly askedAtMs: number };

/** U at a local time, or `null` when the bound does not reach there (before it was asked, or more than five minutes after). */
export function boundAt(bound: ClockBound, localMs: number): number | null {
  const age = localMs - bound.askedAtMs;
  return age >= 0 && age <= CLOCK_BOUND_LIFE_MS ? operatorTimeUpperBound(bound.timeMs, bound.askedAtMs, localMs) : null;
}

/**
 * The arrival rule: a slot counts only if U < D_s both when its last sample and when its record arrived (local ms).
 * Without a bound it never holds.
 */
export function arrivedInTime(
  card: Pick<Card, 't0Ms' | 'delaySeconds'>,
  slot: number,
  bound: ClockBound | null,
  lastSampleMs: number,
  recordMs: number,
): boolean {
  if (bound === null) return false;
  const limit = disclosureTimeMs(card, slot);
  return [lastSampleMs, recordMs].every((at) => {
    const upper = boundAt(bound, at);
    return upper !== null && upper < limit;
  });
}
