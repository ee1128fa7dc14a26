/**
 * Judging a card against the trusted issuers. Outcomes are values; the order of checks is the order of the codes.
 */
import { constantTimeEqual } from './bytes.ts';
import { type Card, cardEndMs, cardSignedBy, parseCard } from './card.ts';
import { type Claims, checkAudience, claimsHash, scopeHash } from './claims.ts';
import { TokenError } from './errors.ts';
import { keysByKid, keyValidAt, type TrustedKey, type TrustStore } from './trust.ts';

export type CardFailure =
  | 'card-bad-length'
  | 'card-unknown-profile'
  | 'card-unknown-critical'
  | 'card-bad-field'
  | 'issuer-unknown'
  | 'card-bad-signature'
  /** The issuer key's own lifetime does not cover the time judged. */
  | 'issuer-key-expired'
  | 'card-not-yet-valid'
  | 'card-expired'
  /** The claims given do not belong to this card. */
  | 'claims-mismatch'
  /** An audience was asked for, and the claims name another or were not given. */
  | 'audience-mismatch';

export type CardVerdict =
  | { readonly ok: true; readonly card: Card; readonly issuer: TrustedKey }
  | { readonly ok: false; readonly code: CardFailure };

export type CardCheck = {
  /** Time at which validity is judged, ms since 1970: now for a live call, the signed epoch's time for a recording. */
  readonly atMs: number;
  /** Claims that came with the card; checked against its hashes when given. */
  readonly claims?: Claims;
  /** Identifier of this verifier, from its own signalling. */
  readonly audience?: string;
};

/** Checks length, profile, issuer, signature, time and, where given, claims. Valid from t0 to t0 + slots · 2560 ms. */
export function verifyCard(input: Uint8Array | Card, trust: TrustStore, check: CardCheck): CardVerdict {
  let card: Card;
  try {
    // Parse again even when a Card came in, so that fields can't disagree with the signed bytes.
    card = parseCard('bytes' in input ? input.bytes : input);
  } catch (error) {
    if (error instanceof TokenError) return { ok: false, code: error.code as CardFailure };
    throw error;
  }
  const candidates = keysByKid(trust, card.kid);
  if (candidates.length === 0) return { ok: false, code: 'issuer-unknown' };
  const issuer = candidates.find((key) => cardSignedBy(card, key.publicKey));
  if (issuer === undefined) return { ok: false, code: 'card-bad-signature' };
  if (!keyValidAt(issuer, check.atMs)) return { ok: false, code: 'issuer-key-expired' };
  // Written so that NaN fails.
  if (!(check.atMs >= card.t0Ms)) return { ok: false, code: 'card-not-yet-valid' };
  if (!(check.atMs <= cardEndMs(card))) return { ok: false, code: 'card-expired' };
  if (check.claims !== undefined && !claimsMatchCard(check.claims, card)) return { ok: false, code: 'claims-mismatch' };
  if (check.audience !== undefined && (check.claims === undefined || checkAudience(check.claims, check.audience) !== null)) {
    return { ok: false, code: 'audience-mismatch' };
  }
  return { ok: true, card, issuer };
}

/** Whether the claims hash and scope hash of the card are those of `claims`. */
export function claimsMatchCard(claims: Claims, card: Pick<Card, 'claimsHash' | 'scopeHash'>): boolean {
  try {
    return constantTimeEqual(claimsHash(claims), card.claimsHash) && constantTimeEqual(scopeHash(claims.scope), card.scopeHash);
  } catch (error) {
    if (error instanceof TokenError) return false;
    throw error;
  }
}
