/**
 * The claims behind a card's claims hash: who speaks, what it may do, under what constraints.
 *
 * Canonical form: the JSON object with sorted members, no white space, UTF-8. Unknown members are refused, because
 * a verifier that ignored one could show less than what was signed.
 */
import { utf8 } from './bytes.ts';
import { sha256 } from './crypto.ts';
import { TokenError } from './errors.ts';
import { canonicalJson, isObject, type JsonObject, tryParseJson } from './json.ts';

export type Claims = {
  readonly issuer: string;
  readonly agent: string;
  /** Checksum of the agent's code and prompt, as the agentic JWT states it. */
  readonly agentChecksum?: string;
  readonly scope: readonly string[];
  readonly constraints: JsonObject;
  /** Whom the call is for; absent means anyone. */
  readonly audience?: string;
  /** {@link personaHash} of the voice persona, 64 hexadecimal digits. */
  readonly voicePersona?: string;
  /** {@link personaHash} of the role persona, 64 hexadecimal digits. */
  readonly rolePersona?: string;
  /** SHA-256 of the compact agentic JWT, 64 hexadecimal digits. */
  readonly jwtHash?: string;
  /** Full hash of the card this one replaces, 64 hexadecimal digits. */
  readonly previousCard?: string;
};

/** What a token of an authorisation server says for a card (see `@undertone/token/import`). The token itself travels beside the card. */
export type ImportedClaims = {
  /** The compact token. */
  readonly token: string;
  /** Whom it is for; the claims below name one where it is the only one. */
  readonly audiences: readonly string[];
  readonly claims: Partial<Pick<Claims, 'issuer' | 'agent' | 'agentChecksum' | 'scope' | 'constraints' | 'audience'>>;
};

/** Bounds: canonical size, text members, number of scopes. */
export const MAX_CLAIMS_BYTES: number = 16384;
export const MAX_CLAIM_TEXT: number = 1024;
export const MAX_SCOPES: number = 256;

const MEMBERS: ReadonlySet<string> = new Set([
  'issuer',
  'agent',
  'agentChecksum',
  'scope',
  'constraints',
  'audience',
  'voicePersona',
  'rolePersona',
  'jwtHash',
  'previousCard',
]);

function fail(member: string): never {
  throw new TokenError('claims-malformed', member);
}

function text(value: unknown, member: string): string {
  return typeof value === 'string' && value !== '' && value.length <= MAX_CLAIM_TEXT ? value : fail(member);
}

function hash(value: unknown, member: string): string {
  return typeof value === 'string' && /^[0-9a-f]{64}$/.test(value) ? value : fail(member);
}

function scopes(value: unknown): readonly string[] {
  if (!Array.isArray(value) || value.length > MAX_SCOPES) fail('scope');
  const list = value.map((item) => text(item, 'scope'));
  // Scopes are joined by spaces, so a scope may not hold one.
  if (list.some((item) => /\s/.test(item)) || new Set(list).size !== list.length) fail('scope');
  return list;
}

/** Reads claims from a parsed JSON value. Throws `claims-malformed`. */
export function parseClaims(json: unknown): Claims {
  if (!isObject(json)) fail('not a JSON object');
  for (const name of Object.keys(json)) if (!MEMBERS.has(name)) fail(`unknown member ${name.slice(0, 40)}`);
  const optional = <K extends string>(name: K, read: (value: unknown, member: string) => string): { [P in K]?: string } =>
    json[name] === undefined ? {} : ({ [name]: read(json[name], name) } as { [P in K]?: string });
  const claims: Claims = {
    issuer: text(json.issuer, 'issuer'),
    agent: text(json.agent, 'agent'),
    ...optional('agentChecksum', text),
    scope: scopes(json.scope),
    constraints: isObject(json.constraints) ? json.constraints : fail('constraints'),
    ...optional('audience', text),
    ...optional('voicePersona', hash),
    ...optional('rolePersona', hash),
    ...optional('jwtHash', hash),
    ...optional('previousCard', hash),
  };
  canonicalClaims(claims);
  return claims;
}

/** Reads claims from JSON text. Throws `claims-malformed`. */
export function parseClaimsText(json: string): Claims {
  if (json.length > MAX_CLAIMS_BYTES * 2) fail('too large');
  return parseClaims(tryParseJson(json));
}

/** The canonical UTF-8 bytes. Throws `claims-malformed`. */
export function canonicalClaims(claims: Claims): Uint8Array {
  let bytes: Uint8Array;
  try {
    bytes = utf8(canonicalJson(claims));
  } catch (error) {
    if (error instanceof TokenError) fail(error.message);
    throw error;
  }
  return bytes.length <= MAX_CLAIMS_BYTES ? bytes : fail('too large');
}

/** SHA-256("ut1 claims" ‖ canonical claims). */
export function claimsHash(claims: Claims): Uint8Array {
  return sha256('ut1 claims', canonicalClaims(claims));
}

/** First 4 bytes of SHA-256 over the sorted scopes joined by one space. */
export function scopeHash(scope: readonly string[]): Uint8Array {
  return sha256([...scope].sort().join(' ')).slice(0, 4);
}

/** Hash of a persona: the voice (prompt audio, embedding) and the role (instructions) are hashed under different labels. */
export function personaHash(kind: 'voice' | 'role', bytes: Uint8Array): Uint8Array {
  return sha256(`ut1 persona ${kind}`, Uint8Array.of(0), bytes);
}

/** `null` when the signed audience is exactly this identifier; a card without audience does not match any. */
export function checkAudience(claims: Pick<Claims, 'audience'>, audience: string): 'audience-mismatch' | null {
  return claims.audience === audience ? null : 'audience-mismatch';
}
