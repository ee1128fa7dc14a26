/**
 * The operator's session: card, session key and key chain made together, and the only holder of undisclosed keys.
 *
 * Nothing here is written to a file; what may leave the process is the card, the claims, signatures, and keys from their disclosure
 * time on.
 */

import { hex } from './bytes.ts';
import { CARD_PROFILE, type Card, type Draft, draftCard, familyOf, MAX_SLOTS, parseCard } from './card.ts';
import { createChain, disclosureTimeMs, heldChain, sealMask } from './chain.ts';
import { type Claims, claimsHash, type ImportedClaims, parseClaims, scopeHash } from './claims.ts';
import { claimsFollow } from './claims-follow.ts';
import { SLOT_MS } from './clock.ts';
import { timeMessage } from './clock-bound.ts';
import { ed25519PublicKey, ed25519Sign, ed25519Signer, KEY_BYTES, type RandomSource, randomBytes, sha256 } from './crypto.ts';
import { TokenError } from './errors.ts';
import type { IssuerKey } from './keys.ts';
import { createPersonaEvent, type PersonaEvent, type PersonaEventFields } from './persona-event.ts';
import { createRecord, type SlotRecord, type SlotRecordFields } from './record.ts';

export const DEFAULT_DURATION_S: number = 900;
export const DEFAULT_DELAY_S: number = 2;

export type SessionOptions = {
  readonly issuer: IssuerKey;
  /** Name of the agent that speaks; beside `imported` the one that the token names. */
  readonly agent: string;
  /** Start of model frame 0, ms since 1970. */
  readonly t0Ms: number;
  /** Life of the card, rounded up to whole epochs; default 900, at most 167,761 (65,528 slots). */
  readonly durationSeconds?: number;
  /** δ, whole seconds 2 to 10; default 2. */
  readonly delaySeconds?: number;
  /** Slots per epoch; default 8. */
  readonly epochSlots?: 4 | 8;
  /** Chip family of the mark, 0 … 3; default one drawn with the session key. Choose another where a mark of the same family is heard already. */
  readonly family?: number;
  /** Claims of the caller. Beside `imported` they may narrow its scope and add what it does not say; what it says stands. */
  readonly claims?: Partial<Claims>;
  /** A token from which the card derives, checked at t0 by `importJwt` of `@undertone/token/import`. */
  readonly imported?: ImportedClaims;
  /** Index in the issuer's status list; default 0. */
  readonly status?: number;
  /** Source of secrets: asked for 32 bytes (session key), then 32 (chain seed). Replace it only for test vectors. */
  readonly random?: RandomSource;
};

/** The same for an issuer key that is kept elsewhere. */
export type DraftSessionOptions = Omit<SessionOptions, 'issuer'> & { readonly issuer: Omit<IssuerKey, 'secretKey'> };

export type Session = {
  readonly card: Card;
  readonly cardHash: Uint8Array;
  /** 6 bytes, what LOC carries. */
  readonly locator: Uint8Array;
  readonly claims: Claims;
  /** The compact JWT, as given. */
  readonly jwt: string | null;
  readonly slots: number;
  /** K_s, secret until its disclosure time: for sealing, tags and digests inside the encoder. Throws `chain-slot`. */
  keyForSlot(slot: number): Uint8Array;
  /** K_s once `nowMs` (ms since 1970) has reached D_s, else `null`. The only way a key may leave. */
  keyForDisclosure(slot: number, nowMs: number): Uint8Array | null;
  /** Newest slot whose key may be disclosed; 0 when none. */
  newestDisclosable(nowMs: number): number;
  /** The 8 mask bytes of a slot's sealed lane. */
  sealMask(slot: number): Uint8Array;
  /** Ed25519 signature by the session key. Messages must begin with one of the protocol's labels. */
  signWithSessionKey(message: Uint8Array): Uint8Array;
  /** Signs the next slot record and links it to the one before; slots must rise. Throws `record-malformed`. */
  createRecord(fields: Omit<SlotRecordFields, 'cardHash' | 'previousHash'>): SlotRecord;
  /** Signs the next persona event and links it to the one before. Throws `event-malformed`. */
  createPersonaEvent(fields: PersonaEventFields): PersonaEvent;
  /** Answers a verifier's clock question: signature over "ut1 time" ‖ nonce (16 bytes) ‖ card hash ‖ u48(T). */
  signTime(nonce: Uint8Array, timeMs: number): Uint8Array;
  /** What {@link openSession} makes the same session of in another thread. */
  secrets(): SessionSecrets;
};

/** A session as one thread of a process may hand it to another, which structured cloning copies. Secret: it goes nowhere else. */
export type SessionSecrets = Pick<Session, 'claims' | 'jwt'> & {
  /** The 162 bytes. */
  readonly card: Uint8Array;
  readonly secretKey: Uint8Array;
  /** K_0 … K_slots one after the other. */
  readonly keys: Uint8Array;
};

/** Newest slot with D_s ≤ `nowMs`, within the card's span; 0 when none. */
export function newestDisclosableSlot(card: Pick<Card, 't0Ms' | 'delaySeconds' | 'slots'>, nowMs: number): number {
  const slot = Math.floor((nowMs - card.t0Ms - card.delaySeconds * 1000) / SLOT_MS);
  return Number.isNaN(slot) ? 0 : Math.max(0, Math.min(card.slots, slot));
}

function slotsFor(durationSeconds: number, epochSlots: number): number {
  if (!Number.isFinite(durationSeconds) || durationSeconds <= 0) throw new TokenError('bad-argument', 'duration');
  const slots = Math.ceil((durationSeconds * 1000) / (SLOT_MS * epochSlots)) * epochSlots;
  if (slots > MAX_SLOTS) throw new TokenError('bad-argument', 'duration exceeds one card');
  return slots;
}

function sessionClaims({ claims: own = {}, imported, issuer, agent }: DraftSessionOptions): Claims {
  const { scope, ...from } = imported?.claims ?? {};
  const claims = parseClaims({
    issuer: issuer.name === '' ? issuer.kid : issuer.name,
    scope: scope ?? [],
    ...own,
    ...from,
    constraints: { ...own.constraints, ...from.constraints },
    agent,
    ...(imported === undefined ? {} : { jwtHash: hex(sha256(imported.token)) }),
  });
  const exceeds = imported ? claimsFollow(claims, imported) : null;
  if (exceeds !== null) throw new TokenError('claims-exceed-jwt', `the ${exceeds} is not the token's`);
  return claims;
}

/** Makes a session. Throws `bad-argument`, `card-bad-field`, `claims-malformed` or `claims-exceed-jwt`. */
export function createSession(options: SessionOptions): Session {
  const { message, finish } = draftSession(options);
  return finish(ed25519Sign(message, options.issuer.secretKey));
}

/** Makes a session up to its card's signature, for an issuer key that is kept elsewhere. Throws as {@link createSession}. */
export function draftSession(options: DraftSessionOptions): Draft<Session> {
  const random = options.random ?? randomBytes;
  const epochSlots = options.epochSlots ?? 8;
  const slots = slotsFor(options.durationSeconds ?? DEFAULT_DURATION_S, epochSlots);
  const claims = sessionClaims(options);

  const secretKey = random(KEY_BYTES).slice();
  const sessionKey = ed25519PublicKey(secretKey);
  const chain = createChain(random(KEY_BYTES), slots, sessionKey);
  const { message, finish } = draftCard(
    {
      profile: CARD_PROFILE,
      delaySeconds: options.delaySeconds ?? DEFAULT_DELAY_S,
      epochSlots,
      family: options.family ?? familyOf(sessionKey),
      t0Ms: options.t0Ms,
      slots,
      sessionKey,
      chainRoot: chain.root,
      claimsHash: claimsHash(claims),
      status: options.status ?? 0,
      scopeHash: scopeHash(claims.scope),
    },
    options.issuer.publicKey,
  );
  const secrets = { secretKey, keys: chain.keys, claims, jwt: options.imported?.token ?? null };
  return { message, finish: (signature) => openSession({ card: finish(signature).bytes, ...secrets }) };
}

/**
 * The session that {@link Session.secrets} was asked of. Each of the two links only its own records and events: one alone may sign
 * records, and one alone events. Throws what `parseCard` throws.
 */
export function openSession(secrets: SessionSecrets): Session {
  const { secretKey, keys, claims, jwt } = secrets;
  const card = parseCard(secrets.card);
  const chain = heldChain(keys);
  const { slots } = card;
  const sign = ed25519Signer(secretKey);
  let last: SlotRecord | null = null;
  let lastEvent: PersonaEvent | null = null;

  return {
    card,
    cardHash: card.cardHash,
    locator: card.locator,
    claims,
    jwt,
    slots,
    keyForSlot: (slot) => chain.keyForSlot(slot),
    keyForDisclosure(slot, nowMs) {
      if (!Number.isInteger(slot) || slot < 1 || slot > slots) return null;
      return nowMs >= disclosureTimeMs(card, slot) ? chain.keyForSlot(slot) : null;
    },
    newestDisclosable: (nowMs) => newestDisclosableSlot(card, nowMs),
    sealMask: (slot) => sealMask(chain.keyForSlot(slot), card.cardHash, slot),
    signWithSessionKey: sign,
    createRecord(fields) {
      // Two records for one slot would prove equivocation against an honest operator.
      if (fields.slot > slots || (last !== null && fields.slot <= last.slot))
        throw new TokenError('record-malformed', 'slots must rise');
      const previousHash = last === null ? new Uint8Array(32) : last.hash;
      last = createRecord({ ...fields, cardHash: card.cardHash, previousHash }, sign);
      return last;
    },
    createPersonaEvent(fields) {
      lastEvent = createPersonaEvent(fields, card.cardHash, lastEvent, sign);
      return lastEvent;
    },
    signTime(nonce, timeMs) {
      return sign(timeMessage(nonce, card.cardHash, timeMs));
    },
    secrets: () => secrets,
  };
}
