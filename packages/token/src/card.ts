/**
 * The card: the issuer's signed statement of one session, 162 bytes, 27 Reed–Solomon symbols (protocol page §4).
 *
 * | at | bytes | field |
 * | --- | --- | --- |
 * | 0 | 1 | profile |
 * | 1 | 1 | flags: bits 0–3 (low) δ in seconds, 2 to 10; bit 4 epoch length, 0 = 8 slots, 1 = 4; bits 5–6 chip family; bit 7 critical, 0 |
 * | 2 | 4 | kid of the issuer key |
 * | 6 | 6 | t0, ms since 1970 |
 * | 12 | 2 | slots, 1 to 65535 |
 * | 14 | 32 | session public key |
 * | 46 | 12 | K_0, root of the key chain |
 * | 58 | 32 | claims hash |
 * | 90 | 4 | status index |
 * | 94 | 4 | scope hash |
 * | 98 | 64 | Ed25519 signature over "ut1 card" ‖ bytes 0–97 |
 */
import { concat, hex, readUint, u16, u32, u48 } from './bytes.ts';
import { SLOT_MS } from './clock.ts';
import { ed25519Sign, ed25519Verify, sha256 } from './crypto.ts';
import { TokenError } from './errors.ts';
import { type IssuerKey, kidBytes } from './keys.ts';

export const CARD_BYTES: number = 162;
export const CARD_BODY_BYTES: number = 98;
export const CARD_SYMBOLS: number = 27;
/** The only profile there is: layout of the card, and the signal (protocol/spec/00-overview.md, Versions). */
export const CARD_PROFILE: number = 1;
export const MIN_DELAY_S: number = 2;
export const MAX_DELAY_S: number = 10;
export const MAX_SLOTS: number = 65535;
/** Chip families of the signal that a card can name. */
export const CHIP_FAMILIES: number = 4;

/** The chip family of a session that has no reason to choose: as good as drawn. */
export const familyOf = (sessionKey: Uint8Array): number => sessionKey[0] % CHIP_FAMILIES;

/** What an issuer signs; lengths as in the table above. */
export type CardFields = {
  readonly profile: number;
  /** δ: how long after a slot's end its key stays undisclosed, whole seconds 2 to 10. */
  readonly delaySeconds: number;
  readonly epochSlots: 4 | 8;
  /** Which chip family carries the mark, 0 … 3. */
  readonly family: number;
  /** 8 hexadecimal digits. */
  readonly kid: string;
  readonly t0Ms: number;
  readonly slots: number;
  readonly sessionKey: Uint8Array;
  readonly chainRoot: Uint8Array;
  readonly claimsHash: Uint8Array;
  /** Index in the issuer's status list. */
  readonly status: number;
  readonly scopeHash: Uint8Array;
};

export type Card = CardFields & {
  readonly signature: Uint8Array;
  /** The 162 bytes as received. */
  readonly bytes: Uint8Array;
  /** SHA-256 of all 162 bytes. */
  readonly cardHash: Uint8Array;
  /** First 6 bytes of the card hash: what the LOC frame carries. */
  readonly locator: Uint8Array;
};

function need(value: Uint8Array, size: number, field: string): Uint8Array {
  if (value.length !== size) throw new TokenError('card-bad-field', `${field} must have ${size} bytes`);
  return value;
}

/** The 98 signed bytes. Throws `card-bad-field`. */
export function encodeCard(fields: Omit<CardFields, 'kid'>, kid: Uint8Array): Uint8Array {
  const delay = fields.delaySeconds;
  if (!Number.isInteger(delay) || delay < MIN_DELAY_S || delay > MAX_DELAY_S) throw new TokenError('card-bad-field', 'delay');
  if (fields.epochSlots !== 4 && fields.epochSlots !== 8) throw new TokenError('card-bad-field', 'epoch length');
  if (!Number.isInteger(fields.family) || fields.family < 0 || fields.family >= CHIP_FAMILIES)
    throw new TokenError('card-bad-field', 'chip family');
  if (!Number.isInteger(fields.slots) || fields.slots < 1 || fields.slots > MAX_SLOTS)
    throw new TokenError('card-bad-field', 'slots');
  if (!Number.isInteger(fields.profile) || fields.profile < 0 || fields.profile > 255)
    throw new TokenError('card-bad-field', 'profile');
  return concat(
    Uint8Array.of(fields.profile, delay | (fields.epochSlots === 4 ? 0x10 : 0) | (fields.family << 5)),
    need(kid, 4, 'kid'),
    u48(fields.t0Ms),
    u16(fields.slots),
    need(fields.sessionKey, 32, 'session key'),
    need(fields.chainRoot, 12, 'K_0'),
    need(fields.claimsHash, 32, 'claims hash'),
    u32(fields.status),
    need(fields.scopeHash, 4, 'scope hash'),
  );
}

/** Something ready to be signed by an issuer key that this code does not hold: a PKCS#11 token's, a KMS's. */
export type Draft<T> = {
  /** What the key signs (Ed25519). */
  readonly message: Uint8Array;
  /** Puts the 64 bytes of the signature in place; they are not checked. */
  finish(signature: Uint8Array): T;
};

/** A card for the issuer with this public key; the kid comes from it. Throws `card-bad-field`. */
export function draftCard(fields: Omit<CardFields, 'kid'>, issuerKey: Uint8Array): Draft<Card> {
  const body = encodeCard(fields, kidBytes(issuerKey));
  return { message: concat('ut1 card', body), finish: (signature) => parseCard(concat(body, signature)) };
}

/** Signs a card with the issuer's key. Throws `card-bad-field`. */
export function signCard(fields: Omit<CardFields, 'kid'>, issuer: Pick<IssuerKey, 'publicKey' | 'secretKey'>): Card {
  const { message, finish } = draftCard(fields, issuer.publicKey);
  return finish(ed25519Sign(message, issuer.secretKey));
}

/** Reads a card without checking who signed it. Throws `card-bad-length`, `card-unknown-profile`, `card-unknown-critical`, `card-bad-field`. */
export function parseCard(input: Uint8Array): Card {
  if (input.length !== CARD_BYTES) throw new TokenError('card-bad-length', `${input.length} bytes`);
  const bytes = input.slice();
  if (bytes[0] !== CARD_PROFILE) throw new TokenError('card-unknown-profile', `profile ${bytes[0]}`);
  const flags = bytes[1];
  if ((flags & 0x80) !== 0) throw new TokenError('card-unknown-critical');
  const delaySeconds = flags & 0x0f;
  if (delaySeconds < MIN_DELAY_S || delaySeconds > MAX_DELAY_S) throw new TokenError('card-bad-field', 'delay');
  const slots = readUint(bytes, 12, 2);
  if (slots === 0) throw new TokenError('card-bad-field', 'no slots');
  const cardHash = sha256(bytes);
  return {
    profile: bytes[0],
    delaySeconds,
    epochSlots: (flags & 0x10) === 0 ? 8 : 4,
    family: (flags >> 5) & 3,
    kid: hex(bytes.subarray(2, 6)),
    t0Ms: readUint(bytes, 6, 6),
    slots,
    sessionKey: bytes.slice(14, 46),
    chainRoot: bytes.slice(46, 58),
    claimsHash: bytes.slice(58, 90),
    status: readUint(bytes, 90, 4),
    scopeHash: bytes.slice(94, 98),
    signature: bytes.slice(98),
    bytes,
    cardHash,
    locator: cardHash.slice(0, 6),
  };
}

/** Whether this public key signed the card. */
export function cardSignedBy(card: Card, publicKey: Uint8Array): boolean {
  return ed25519Verify(card.signature, concat('ut1 card', card.bytes.subarray(0, CARD_BODY_BYTES)), publicKey);
}

/** End of the card's validity, ms since 1970. */
export function cardEndMs(card: Pick<CardFields, 't0Ms' | 'slots'>): number {
  return card.t0Ms + card.slots * SLOT_MS;
}

/** The card as 27 symbols of 6 bytes. */
export function cardSymbols(card: Pick<Card, 'bytes'>): Uint8Array[] {
  return Array.from({ length: CARD_SYMBOLS }, (_, i) => card.bytes.slice(6 * i, 6 * i + 6));
}
