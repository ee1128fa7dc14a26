/**
 * Renewal: before a card's keys end, on a new step of the intent, or when the persona changes, the operator makes a new card that
 * names the old one, and the old session key announces it, so that a verifier follows without a gap.
 *
 * The notice is `"ut1 next" ‖ card hash 32 ‖ last slot u32 ‖ next card hash 32 ‖ reason 1 ‖ signature 64`, 141 bytes. Nothing of the old
 * session counts after its last slot.
 */
import { concat, constantTimeEqual, hex, readUint, u32, utf8 } from './bytes.ts';
import type { Card } from './card.ts';
import type { Claims } from './claims.ts';
import { SLOT_MS } from './clock.ts';
import { ed25519Verify } from './crypto.ts';
import { TokenError } from './errors.ts';
import type { TrustedKey } from './trust.ts';

export const RENEWAL_BYTES: number = 141;
const BODY_BYTES = 77;
const LABEL: Uint8Array = utf8('ut1 next');

/** Longest life of a card in a call: renew by then. */
export const MAX_CARD_SECONDS: number = 900;

/** Why: the time is up, another step of the intent, another persona, or the end of the session (no card follows). */
export const RENEWAL_REASONS: readonly RenewalReason[] = ['time', 'intent-step', 'persona', 'end'];
export type RenewalReason = 'time' | 'intent-step' | 'persona' | 'end';

export type Renewal = {
  readonly cardHash: Uint8Array;
  /** The last slot that counts under the old card. */
  readonly lastSlot: number;
  /** Hash of the next card; zeros for the reason `end`. */
  readonly nextCardHash: Uint8Array;
  readonly reason: RenewalReason;
  /** The 141 bytes. */
  readonly bytes: Uint8Array;
};

/** Signs a notice with the old session key; `next` is `null` for the reason `end` only. Throws `renewal-malformed`. */
export function createRenewal(
  fields: { readonly lastSlot: number; readonly next: Pick<Card, 'cardHash'> | null; readonly reason: RenewalReason },
  card: Pick<Card, 'cardHash'>,
  sign: (message: Uint8Array) => Uint8Array,
): Renewal {
  const code = RENEWAL_REASONS.indexOf(fields.reason);
  if (code < 0) throw new TokenError('renewal-malformed', 'reason');
  const next = fields.next === null ? new Uint8Array(32) : fields.next.cardHash;
  const body = concat(LABEL, card.cardHash, u32(fields.lastSlot), next, Uint8Array.of(code));
  return parseRenewal(concat(body, sign(body)));
}

/** Reads a notice without checking its signature. Throws `renewal-malformed`. */
export function parseRenewal(input: Uint8Array): Renewal {
  if (input.length !== RENEWAL_BYTES) throw new TokenError('renewal-malformed', `${input.length} bytes`);
  const bytes = input.slice();
  const reason = RENEWAL_REASONS[bytes[76]];
  const nextCardHash = bytes.slice(44, 76);
  const ends = nextCardHash.every((byte) => byte === 0);
  if (!constantTimeEqual(bytes.subarray(0, LABEL.length), LABEL)) throw new TokenError('renewal-malformed', 'label');
  if (reason === undefined || ends !== (reason === 'end')) throw new TokenError('renewal-malformed', 'reason');
  return { cardHash: bytes.slice(8, 40), lastSlot: readUint(bytes, 40, 4), nextCardHash, reason, bytes };
}

/** Whether the card's session key made the notice. */
export function verifyRenewal(renewal: Renewal, card: Pick<Card, 'cardHash' | 'sessionKey' | 'slots'>): boolean {
  const { bytes, cardHash, lastSlot } = parseRenewal(renewal.bytes);
  const signed = ed25519Verify(bytes.subarray(BODY_BYTES), bytes.subarray(0, BODY_BYTES), card.sessionKey);
  return constantTimeEqual(cardHash, card.cardHash) && lastSlot <= card.slots && signed;
}

export type SuccessionFailure =
  /** The notice is not signed by the old session key, or is for another card. */
  | 'next-card-unannounced'
  /** The next card's claims do not name the old card: anyone's card could be announced. */
  | 'next-card-unlinked'
  /** Another issuer or another agent. */
  | 'next-card-stranger'
  /** It begins before the old one's last slot ends, or more than a slot after: two identities at once, or a gap. */
  | 'next-card-gap';

export type SuccessionVerdict = { readonly ok: true } | { readonly ok: false; readonly code: SuccessionFailure };

/** A verified card with the issuer's key that signed it, and its claims where they are known. */
export type HeldCard = { readonly card: Card; readonly issuer: TrustedKey; readonly claims: Claims | null };

/** Most that the next card may begin after the old one's last slot, ms: one slot. */
export const SUCCESSION_GAP_MS: number = SLOT_MS;

/**
 * Whether `next` continues `old`: both cards verified, announced by the old session key and naming the old card in signed claims,
 * with one issuer and one agent. The issuer's *key* may differ: keys roll over.
 */
export function verifySuccession(old: HeldCard, next: HeldCard, renewal: Renewal): SuccessionVerdict {
  const no = (code: SuccessionFailure): SuccessionVerdict => ({ ok: false, code });
  const [before, after] = [old.card, next.card];
  const announced = verifyRenewal(renewal, before) && constantTimeEqual(renewal.nextCardHash, after.cardHash);
  if (!announced) return no('next-card-unannounced');
  if (next.claims?.previousCard !== hex(before.cardHash)) return no('next-card-unlinked');
  const sameKey = constantTimeEqual(old.issuer.publicKey, next.issuer.publicKey);
  const sameName = old.issuer.name !== '' && old.issuer.name === next.issuer.name;
  if ((!sameKey && !sameName) || old.claims?.agent !== next.claims.agent) return no('next-card-stranger');
  const handover = before.t0Ms + renewal.lastSlot * SLOT_MS;
  return after.t0Ms >= handover && after.t0Ms <= handover + SUCCESSION_GAP_MS ? { ok: true } : no('next-card-gap');
}
