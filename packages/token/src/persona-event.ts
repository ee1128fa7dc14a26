/**
 * Persona events: what happened to the agent's voice and role during a session, signed by the session key and chained, so that
 * none can be left out or slipped in unnoticed. They go to the verification channel at once and stand in the session record.
 *
 * | at | bytes | field |
 * | --- | --- | --- |
 * | 0 | 7 | "ut1 evt" |
 * | 7 | 32 | card hash |
 * | 39 | 4 | number, from 1 |
 * | 43 | 4 | slot in which it took effect |
 * | 47 | 32 | SHA-256 of the event before, with its signature; zeros in the first |
 * | 79 | 1 | kind (0 reinjected, 1 drifted, 2 changed) |
 * | 80 | 32 | {@link personaHash} of the voice in force from here on; zeros where the claims name none |
 * | 112 | 32 | the same of the role |
 * | 144 | 64 | Ed25519 signature by the session key over bytes 0–143 |
 */
import { concat, constantTimeEqual, fromHex, readUint, u32, utf8 } from './bytes.ts';
import type { Card } from './card.ts';
import type { Claims } from './claims.ts';
import { ed25519Verify, sha256 } from './crypto.ts';
import { TokenError } from './errors.ts';

export const PERSONA_EVENT_BYTES: number = 208;
/** Most events in one session. */
export const MAX_PERSONA_EVENTS: number = 65535;
const BODY_BYTES = 144;
const LABEL: Uint8Array = utf8('ut1 evt');

/**
 * `reinjected`: the model was given its persona again, as the remedy for drift; `drifted`: the operator saw it act outside its
 * persona; `changed`: another persona from this slot on, for which a new card must follow.
 */
export const PERSONA_EVENT_KINDS: readonly PersonaEventKind[] = ['reinjected', 'drifted', 'changed'];
export type PersonaEventKind = 'reinjected' | 'drifted' | 'changed';

export type PersonaEventFields = {
  readonly slot: number;
  readonly kind: PersonaEventKind;
  /** 32 bytes each. */
  readonly voicePersona: Uint8Array;
  readonly rolePersona: Uint8Array;
};

export type PersonaEvent = PersonaEventFields & {
  readonly cardHash: Uint8Array;
  readonly number: number;
  readonly previousHash: Uint8Array;
  readonly signature: Uint8Array;
  /** The 208 bytes. */
  readonly bytes: Uint8Array;
  /** SHA-256 of all 208 bytes, for the next event. */
  readonly hash: Uint8Array;
};

/** Signs the event that follows `previous` (`null` for the first). Throws `event-malformed`. */
export function createPersonaEvent(
  fields: PersonaEventFields,
  cardHash: Uint8Array,
  previous: PersonaEvent | null,
  sign: (message: Uint8Array) => Uint8Array,
): PersonaEvent {
  const { slot, kind, voicePersona, rolePersona } = fields;
  const code = PERSONA_EVENT_KINDS.indexOf(kind);
  if (code < 0 || [cardHash, voicePersona, rolePersona].some((hash) => hash.length !== 32))
    throw new TokenError('event-malformed', 'kind or hash');
  const body = concat(
    LABEL,
    cardHash,
    u32(previous === null ? 1 : previous.number + 1),
    u32(slot),
    previous === null ? new Uint8Array(32) : previous.hash,
    Uint8Array.of(code),
    voicePersona,
    rolePersona,
  );
  return parsePersonaEvent(concat(body, sign(body)));
}

/** Reads an event without checking its signature. Throws `event-malformed`. */
export function parsePersonaEvent(input: Uint8Array): PersonaEvent {
  if (input.length !== PERSONA_EVENT_BYTES) throw new TokenError('event-malformed', `${input.length} bytes`);
  const bytes = input.slice();
  const kind = PERSONA_EVENT_KINDS[bytes[79]];
  const number = readUint(bytes, 39, 4);
  const slot = readUint(bytes, 43, 4);
  if (!constantTimeEqual(bytes.subarray(0, LABEL.length), LABEL)) throw new TokenError('event-malformed', 'label');
  if (kind === undefined) throw new TokenError('event-malformed', 'kind');
  return {
    cardHash: bytes.slice(7, 39),
    number,
    slot,
    previousHash: bytes.slice(47, 79),
    kind,
    voicePersona: bytes.slice(80, 112),
    rolePersona: bytes.slice(112, 144),
    signature: bytes.slice(BODY_BYTES),
    bytes,
    hash: sha256(bytes),
  };
}

export type PersonaEventFailure =
  | 'event-wrong-card'
  | 'event-bad-signature'
  /** Not the next in the chain: an event is missing, the order was changed, or its slot is not the card's. */
  | 'event-chain-broken'
  /** A persona given again that is not the card's, or a change that changes nothing. */
  | 'event-wrong-persona';

export type PersonaEventVerdict = { readonly ok: true } | { readonly ok: false; readonly code: PersonaEventFailure };

/** The personas that claims state, as 32 bytes each. */
export function claimedPersonas(claims: Claims): Pick<PersonaEventFields, 'voicePersona' | 'rolePersona'> {
  const read = (text: string | undefined): Uint8Array => (text === undefined ? new Uint8Array(32) : fromHex(text));
  return { voicePersona: read(claims.voicePersona), rolePersona: read(claims.rolePersona) };
}

/** Whether an event belongs to this card, follows `previous`, and says what fits the card's claims (`null` when they are unknown). */
export function verifyPersonaEvent(
  event: PersonaEvent,
  previous: PersonaEvent | null,
  card: Pick<Card, 'cardHash' | 'sessionKey' | 'slots'>,
  claims: Claims | null,
): PersonaEventVerdict {
  const no = (code: PersonaEventFailure): PersonaEventVerdict => ({ ok: false, code });
  // What is judged is read again from the signed bytes.
  const { cardHash, slot, number, previousHash, kind, voicePersona, rolePersona, bytes } = parsePersonaEvent(event.bytes);
  if (!constantTimeEqual(cardHash, card.cardHash)) return no('event-wrong-card');
  if (!ed25519Verify(bytes.subarray(BODY_BYTES), bytes.subarray(0, BODY_BYTES), card.sessionKey))
    return no('event-bad-signature');
  const expected =
    previous === null ? { number: 1, slot: 1, hash: new Uint8Array(32) } : { ...previous, number: previous.number + 1 };
  const inOrder = number === expected.number && slot >= expected.slot && slot <= card.slots;
  if (!inOrder || !constantTimeEqual(previousHash, expected.hash)) return no('event-chain-broken');
  if (claims !== null) {
    const claimed = claimedPersonas(claims);
    const same = constantTimeEqual(voicePersona, claimed.voicePersona) && constantTimeEqual(rolePersona, claimed.rolePersona);
    if (same === (kind === 'changed')) return no('event-wrong-persona');
  }
  return { ok: true };
}

/** The events that hold, in order, up to the first that does not; and why that one does not. */
export function verifyPersonaEvents(
  events: readonly PersonaEvent[],
  card: Pick<Card, 'cardHash' | 'sessionKey' | 'slots'>,
  claims: Claims | null,
): { readonly events: readonly PersonaEvent[]; readonly failure: PersonaEventFailure | null } {
  const kept: PersonaEvent[] = [];
  for (const event of events) {
    const verdict = verifyPersonaEvent(event, kept.at(-1) ?? null, card, claims);
    if (!verdict.ok) return { events: kept, failure: verdict.code };
    kept.push(event);
  }
  return { events: kept, failure: null };
}
