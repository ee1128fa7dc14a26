/**
 * The session record, `OUT.session.json`: what an auditor needs beside the recording. Signed, and without any private key.
 *
 * ```json
 * { "version": 1, "profile": 1, "card": "b64u", "claims": {}, "jwt": "…", "records": ["b64u"],
 *   "keys": { "slot": 3, "key": "b64u" }, "checkpoints": ["b64u"], "events": ["b64u"], "renewal": "b64u",
 *   "signature": "b64u" }
 * ```
 *
 * `keys` is the newest disclosed key (it gives all earlier ones) and may be null; `jwt`, `events`, `renewal` and
 * `signature` may be missing. The signature is the session key's over "ut1 session" ‖ card hash ‖ SHA-256 of the canonical JSON without `signature`: it
 * shows that nothing was cut from the end.
 */
import { base64url, concat, fromBase64url, utf8 } from './bytes.ts';
import { CARD_PROFILE, type Card, MAX_SLOTS, parseCard } from './card.ts';
import { CHAIN_KEY_BYTES, type ChainAnchor } from './chain.ts';
import { type Checkpoint, parseCheckpoint } from './checkpoint.ts';
import { type Claims, parseClaims } from './claims.ts';
import { SIGNATURE_BYTES, sha256 } from './crypto.ts';
import { TokenError } from './errors.ts';
import { canonicalJson, isObject, type JsonObject, tryParseJson } from './json.ts';
import { MAX_PERSONA_EVENTS, PERSONA_EVENT_BYTES, type PersonaEvent, parsePersonaEvent } from './persona-event.ts';
import { parseRecord, RECORD_BYTES, type SlotRecord } from './record.ts';
import { parseRenewal, RENEWAL_BYTES, type Renewal } from './renewal.ts';

export const SESSION_RECORD_VERSION: number = 1;
/** Most checkpoints: one window for every epoch would be far fewer. */
export const MAX_CHECKPOINTS: number = 4096;
/** Longest compact JWT, in characters. */
export const MAX_JWT_LENGTH: number = 65536;
/** Longest session record text, in characters. */
export const MAX_SESSION_RECORD_LENGTH: number = 32 * 1024 * 1024;

export type SessionRecord = {
  readonly card: Card;
  readonly claims: Claims;
  readonly jwt: string | null;
  /** In the order of the file. */
  readonly records: readonly SlotRecord[];
  /** Newest disclosed key, unchecked. */
  readonly key: ChainAnchor | null;
  readonly checkpoints: readonly Checkpoint[];
  /** In the order of the file. */
  readonly events?: readonly PersonaEvent[];
  /** How the session ended: its last slot, and the next card where one follows. */
  readonly renewal?: Renewal;
  readonly signature: Uint8Array | null;
};

export type SessionRecordJson = {
  readonly version: 1;
  readonly profile: number;
  readonly card: string;
  readonly claims: Claims;
  readonly jwt?: string;
  readonly records: readonly string[];
  readonly keys: { readonly slot: number; readonly key: string } | null;
  readonly checkpoints: readonly string[];
  readonly events?: readonly string[];
  readonly renewal?: string;
  readonly signature?: string;
};

const MEMBERS: ReadonlySet<string> = new Set([
  'version',
  'profile',
  'card',
  'claims',
  'jwt',
  'records',
  'keys',
  'checkpoints',
  'events',
  'renewal',
  'signature',
]);

function unsignedJson(record: Omit<SessionRecord, 'signature'>): SessionRecordJson {
  return {
    version: 1,
    profile: record.card.profile,
    card: base64url(record.card.bytes),
    claims: record.claims,
    ...(record.jwt === null ? {} : { jwt: record.jwt }),
    records: record.records.map((item) => base64url(item.bytes)),
    keys: record.key === null ? null : { slot: record.key.slot, key: base64url(record.key.key) },
    checkpoints: record.checkpoints.map((item) => base64url(item.bytes)),
    ...(record.events === undefined ? {} : { events: record.events.map((item) => base64url(item.bytes)) }),
    ...(record.renewal === undefined ? {} : { renewal: base64url(record.renewal.bytes) }),
  };
}

/** The bytes that the session key signs. */
export function sessionRecordMessage(record: Omit<SessionRecord, 'signature'>): Uint8Array {
  // Claims may be nested as deep as canonical JSON allows by themselves; here they are one level further down.
  return concat('ut1 session', record.card.cardHash, sha256(canonicalJson(unsignedJson(record), -1)));
}

/** Puts a session record together and signs it; `sign` is the session's `signWithSessionKey`. */
export function createSessionRecord(
  content: Omit<SessionRecord, 'signature'>,
  sign: ((message: Uint8Array) => Uint8Array) | null,
): SessionRecord {
  return { ...content, signature: sign === null ? null : sign(sessionRecordMessage(content)) };
}

/** The JSON value of a session record. */
export function serializeSessionRecord(record: SessionRecord): SessionRecordJson {
  const json = unsignedJson(record);
  return record.signature === null ? json : { ...json, signature: base64url(record.signature) };
}

/** What a log sees the hash of: the canonical JSON. */
export function sessionRecordBytes(record: SessionRecord): Uint8Array {
  return utf8(canonicalJson(serializeSessionRecord(record), -1));
}

function fail(member: string): never {
  throw new TokenError('session-malformed', member);
}

function bytes(value: unknown, member: string, maxBytes: number): Uint8Array {
  if (typeof value !== 'string' || value.length > Math.ceil((maxBytes * 4) / 3)) return fail(member);
  return fromBase64url(value);
}

function list(value: unknown, member: string, most: number): readonly unknown[] {
  return Array.isArray(value) && value.length <= most ? value : fail(member);
}

function readKey(value: unknown): ChainAnchor | null {
  if (value === null) return null;
  if (!isObject(value)) fail('keys');
  const { slot, key: encoded, ...others } = value;
  if (Object.keys(others).length > 0) fail('keys');
  if (typeof slot !== 'number' || !Number.isInteger(slot) || slot < 1 || slot > MAX_SLOTS) fail('keys.slot');
  const key = bytes(encoded, 'keys.key', CHAIN_KEY_BYTES);
  return key.length === CHAIN_KEY_BYTES ? { slot, key } : fail('keys.key');
}

function read(json: JsonObject): SessionRecord {
  for (const name of Object.keys(json)) if (!MEMBERS.has(name)) fail(`unknown member ${name.slice(0, 40)}`);
  if (json.version !== SESSION_RECORD_VERSION) fail('version');
  if (json.profile !== CARD_PROFILE) fail('profile');
  const { jwt } = json;
  if (jwt !== undefined && (typeof jwt !== 'string' || jwt.length > MAX_JWT_LENGTH || !/^[\w.-]+$/.test(jwt))) fail('jwt');
  const card = parseCard(bytes(json.card, 'card', 162));
  const signature = json.signature === undefined ? null : bytes(json.signature, 'signature', SIGNATURE_BYTES);
  if (signature !== null && signature.length !== SIGNATURE_BYTES) fail('signature');
  return {
    card,
    claims: parseClaims(json.claims),
    jwt: typeof jwt === 'string' ? jwt : null,
    records: list(json.records, 'records', card.slots).map((item) => parseRecord(bytes(item, 'records', RECORD_BYTES))),
    key: readKey(json.keys),
    checkpoints: list(json.checkpoints, 'checkpoints', MAX_CHECKPOINTS).map((item) =>
      parseCheckpoint(bytes(item, 'checkpoints', 172)),
    ),
    ...(json.events === undefined
      ? {}
      : {
          events: list(json.events, 'events', MAX_PERSONA_EVENTS).map((item) =>
            parsePersonaEvent(bytes(item, 'events', PERSONA_EVENT_BYTES)),
          ),
        }),
    ...(json.renewal === undefined ? {} : { renewal: parseRenewal(bytes(json.renewal, 'renewal', RENEWAL_BYTES)) }),
    signature,
  };
}

/**
 * Reads a session record from a parsed JSON value. Nothing is verified: see `verifySessionRecord`. Every fault throws
 * `session-malformed`, with the fault inside named in the message.
 */
export function parseSessionRecord(json: unknown): SessionRecord {
  if (!isObject(json)) fail('not a JSON object');
  try {
    return read(json);
  } catch (error) {
    if (error instanceof TokenError && error.code !== 'session-malformed') fail(error.message);
    throw error;
  }
}

/** Reads a session record from JSON text. Throws `session-malformed`. */
export function parseSessionRecordText(text: string): SessionRecord {
  if (text.length > MAX_SESSION_RECORD_LENGTH) fail('too large');
  return parseSessionRecord(tryParseJson(text));
}
