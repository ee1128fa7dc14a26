/**
 * Importing an agentic JWT (draft-goswami-agentic-jwt-00): the intent token from which a card's claims derive.
 *
 * The JWT itself travels out of band; the card binds its hash. `cnf` may hold `jwk` or `jkt`.
 */
import { concat, fromBase64url, fromUtf8, hex } from './bytes.ts';
import { type Claims, MAX_CLAIM_TEXT, MAX_SCOPES } from './claims.ts';
import { ed25519Verify, sha256 } from './crypto.ts';
import { TokenError } from './errors.ts';
import { canonicalJson, isObject, type JsonObject, tryParseJson } from './json.ts';

/** Longest compact JWT, in characters. */
export const MAX_JWT_LENGTH: number = 65536;

export type JwtImport = {
  /** Members for a card's claims; what the caller states itself may replace them. */
  readonly claims: Pick<Claims, 'issuer' | 'agent' | 'agentChecksum' | 'scope' | 'constraints' | 'audience' | 'jwtHash'>;
  /** SHA-256 of the compact form, 64 hexadecimal digits. */
  readonly jwtHash: string;
  /** True only when a key was given and the signature holds. */
  readonly verified: boolean;
  /** Expiry in seconds since 1970. */
  readonly exp: number;
  readonly payload: JsonObject;
};

export type JwtCheck = {
  /** Time at which `iat`, `nbf` and `exp` are judged, ms since 1970. */
  readonly atMs: number;
  /** The authorisation server's Ed25519 public key, 32 bytes. */
  readonly verifyKey?: Uint8Array;
};

function part(text: string): Uint8Array {
  try {
    return fromBase64url(text);
  } catch {
    throw new TokenError('jwt-malformed', 'base64url');
  }
}

function jsonPart(text: string): JsonObject {
  let value: unknown;
  try {
    value = tryParseJson(fromUtf8(part(text)));
    // Also bounds the nesting before anything walks the value.
    canonicalJson(value);
  } catch {
    throw new TokenError('jwt-malformed', 'JSON');
  }
  if (!isObject(value)) throw new TokenError('jwt-malformed', 'not an object');
  return value;
}

function present(payload: JsonObject, name: string): unknown {
  const value = payload[name];
  if (value === undefined || value === null || value === '') throw new TokenError('jwt-missing-claim', name);
  return value;
}

function textClaim(payload: JsonObject, name: string): string {
  const value = present(payload, name);
  if (typeof value !== 'string' || value.length > MAX_CLAIM_TEXT) throw new TokenError('jwt-malformed', name);
  return value;
}

function timeClaim(payload: JsonObject, name: string): number {
  const value = present(payload, name);
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new TokenError('jwt-malformed', name);
  return value;
}

function objectClaim(payload: JsonObject, name: string): JsonObject {
  const value = present(payload, name);
  if (!isObject(value)) throw new TokenError('jwt-malformed', name);
  return value;
}

function scopeClaim(payload: JsonObject): readonly string[] {
  const value = present(payload, 'scope');
  const list = typeof value === 'string' ? value.split(' ').filter((item) => item !== '') : value;
  const good = (item: unknown): item is string =>
    typeof item === 'string' && item !== '' && item.length <= MAX_CLAIM_TEXT && !/\s/.test(item);
  if (!Array.isArray(list) || list.length > MAX_SCOPES || !list.every(good)) throw new TokenError('jwt-malformed', 'scope');
  return [...new Set(list)];
}

function audienceClaim(payload: JsonObject): string | undefined {
  const value = Array.isArray(payload.aud) ? payload.aud[0] : payload.aud;
  if (value === undefined) return undefined;
  // A card names one audience; which of several was meant is not ours to guess.
  if (Array.isArray(payload.aud) && payload.aud.length > 1) return undefined;
  if (typeof value !== 'string' || value === '' || value.length > MAX_CLAIM_TEXT) throw new TokenError('jwt-malformed', 'aud');
  return value;
}

/**
 * Parses and judges a compact JWT. Throws `jwt-malformed`, `jwt-alg`, `jwt-bad-signature`, `jwt-missing-claim`,
 * `jwt-not-yet-valid` or `jwt-expired`.
 */
export function importAgenticJwt(jwt: string, check: JwtCheck): JwtImport {
  if (jwt.length > MAX_JWT_LENGTH) throw new TokenError('jwt-malformed', 'too large');
  const parts = jwt.split('.');
  if (parts.length !== 3) throw new TokenError('jwt-malformed', 'not three parts');
  const header = jsonPart(parts[0]);
  const payload = jsonPart(parts[1]);
  const signature = part(parts[2]);

  const alg = header.alg;
  if (typeof alg !== 'string' || alg.toLowerCase() === 'none' || signature.length === 0)
    throw new TokenError('jwt-alg', 'unsigned');
  if (header.crit !== undefined) throw new TokenError('jwt-alg', 'critical header');
  if (check.verifyKey !== undefined) {
    if (alg !== 'EdDSA' && alg !== 'Ed25519') throw new TokenError('jwt-alg', 'not EdDSA');
    if (!ed25519Verify(signature, concat(`${parts[0]}.${parts[1]}`), check.verifyKey)) throw new TokenError('jwt-bad-signature');
  }

  const issuer = textClaim(payload, 'iss');
  const agent = textClaim(payload, 'sub');
  const iat = timeClaim(payload, 'iat');
  const exp = timeClaim(payload, 'exp');
  textClaim(payload, 'jti');
  const scope = scopeClaim(payload);
  const cnf = objectClaim(payload, 'cnf');
  if (!isObject(cnf.jwk) && typeof cnf.jkt !== 'string') throw new TokenError('jwt-missing-claim', 'cnf.jwk or cnf.jkt');
  const intent = objectClaim(payload, 'intent');
  const agentChecksum = textClaim(objectClaim(payload, 'agent_proof'), 'agent_checksum');
  const start = payload.nbf === undefined ? iat : Math.max(iat, timeClaim(payload, 'nbf'));
  // Written so that a NaN time fails.
  if (!(check.atMs >= start * 1000)) throw new TokenError('jwt-not-yet-valid');
  if (!(check.atMs < exp * 1000)) throw new TokenError('jwt-expired');

  const audience = audienceClaim(payload);
  const jwtHash = hex(sha256(jwt));
  return {
    claims: {
      issuer,
      agent,
      agentChecksum,
      scope,
      constraints: { intent },
      ...(audience === undefined ? {} : { audience }),
      jwtHash,
    },
    jwtHash,
    verified: check.verifyKey !== undefined,
    exp,
    payload,
  };
}
