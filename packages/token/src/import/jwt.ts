/** Importing a token: parse, signature, time, audience, holder; then the claims of its kind. */
import { calculateJwkThumbprint, type JWK } from 'jose';
import { fromBase64url, fromUtf8 } from '../bytes.ts';
import type { ImportedClaims } from '../claims.ts';
import { TokenError } from '../errors.ts';
import { canonicalJson, isObject, type JsonObject, tryParseJson } from '../json.ts';
import { JWS_ALGORITHMS, verifyJws } from '../jws.ts';
import { MAX_JWT_LENGTH } from '../session-record.ts';
import { agenticClaims, isAgentic } from './agentic.ts';
import { scopeClaim, textClaim, textsClaim, timeClaim } from './claim.ts';
import type { Delegation } from './delegation.ts';
import { PASSPORT_LIFE_S, passportClaims } from './passport.ts';

export type JwtKind = 'agentic' | 'passport' | 'jwt';

export type JwtCheck = Delegation & {
  /** Time at which `iat`, `nbf` and `exp` are judged, ms since 1970: the card's t0. */
  readonly atMs: number;
  /** Keys of the authorisation server as JWKs: Ed25519, P-256, P-384 or RSA. Without them nothing is verified. */
  readonly keys?: readonly JWK[];
  /** Must be one of the token's audiences. */
  readonly audience?: string;
  /** The agent's own public key; must be the one that `cnf` confirms. */
  readonly holder?: JWK;
};

export type JwtImport = ImportedClaims & {
  readonly kind: JwtKind;
  /** True only when keys were given and one of them made the signature. */
  readonly verified: boolean;
  /** End of the token's own life, seconds since 1970. */
  readonly exp: number;
  readonly payload: JsonObject;
};

function jsonPart(text: string): JsonObject {
  let value: unknown;
  try {
    value = tryParseJson(fromUtf8(fromBase64url(text)));
    // Also bounds the nesting before anything walks the value.
    canonicalJson(value);
  } catch {
    throw new TokenError('jwt-malformed', 'not JSON in base64url');
  }
  return isObject(value) ? value : malformed('not an object');
}

function malformed(what: string): never {
  throw new TokenError('jwt-malformed', what);
}

function parts(token: string): { readonly header: JsonObject; readonly payload: JsonObject } {
  if (token.length > MAX_JWT_LENGTH) malformed('too large');
  const [head, body, signature, ...rest] = token.split('.');
  if (signature === undefined || rest.length > 0) malformed('not three parts');
  const header = jsonPart(head);
  if (typeof header.alg !== 'string' || !JWS_ALGORITHMS.includes(header.alg) || signature === '' || header.crit !== undefined)
    throw new TokenError('jwt-alg');
  return { header, payload: jsonPart(body) };
}

/** Start and end of the token's life, seconds since 1970. */
function life(payload: JsonObject, kind: JwtKind): readonly [number, number] {
  const iat = timeClaim(payload, 'iat');
  if (kind === 'passport') return [iat, iat + PASSPORT_LIFE_S];
  const start = payload.nbf === undefined ? iat : Math.max(iat, timeClaim(payload, 'nbf'));
  return [start, timeClaim(payload, 'exp')];
}

function plainClaims(payload: JsonObject): ImportedClaims['claims'] {
  const { act, authorization_details } = payload;
  return {
    issuer: textClaim(payload, 'iss'),
    agent: textClaim(payload, 'sub'),
    ...(payload.scope === undefined ? {} : { scope: scopeClaim(payload) }),
    constraints: {
      ...(act === undefined ? {} : { act }),
      ...(authorization_details === undefined ? {} : { authorization_details }),
    },
  };
}

async function checkHolder(payload: JsonObject, holder: JWK): Promise<void> {
  const cnf = isObject(payload.cnf) ? payload.cnf : {};
  try {
    const expected = await calculateJwkThumbprint(holder);
    const confirmed = cnf.jkt ?? (isObject(cnf.jwk) ? await calculateJwkThumbprint(cnf.jwk as JWK) : null);
    if (confirmed === expected) return;
  } catch {
    // A key that has no thumbprint confirms nobody.
  }
  throw new TokenError('jwt-holder');
}

/**
 * Reads and judges a compact token. Rejects with `jwt-malformed`, `jwt-alg`, `jwt-bad-signature`, `jwt-missing-claim`,
 * `jwt-not-yet-valid`, `jwt-expired`, `jwt-audience`, `jwt-delegation` or `jwt-holder`.
 */
export async function importJwt(token: string, check: JwtCheck): Promise<JwtImport> {
  const { header, payload } = parts(token);
  if (check.keys !== undefined && (await verifyJws(token, check.keys, JWS_ALGORITHMS)) === null)
    throw new TokenError('jwt-bad-signature');
  const kind: JwtKind = header.typ === 'passport' ? 'passport' : isAgentic(payload) ? 'agentic' : 'jwt';
  const [start, exp] = life(payload, kind);
  // Written so that a NaN time fails.
  if (!(check.atMs >= start * 1000)) throw new TokenError('jwt-not-yet-valid');
  if (!(check.atMs < exp * 1000)) throw new TokenError('jwt-expired');

  const { audiences, claims } =
    kind === 'passport'
      ? passportClaims(payload, header)
      : {
          audiences: payload.aud === undefined ? [] : textsClaim(payload.aud, 'aud'),
          claims: kind === 'agentic' ? agenticClaims(payload, check) : plainClaims(payload),
        };
  if (check.audience !== undefined && !audiences.includes(check.audience)) throw new TokenError('jwt-audience');
  if (check.holder !== undefined) await checkHolder(payload, check.holder);
  return {
    kind,
    token,
    // A card names one audience; which of several was meant is not ours to guess.
    claims: audiences.length === 1 ? { ...claims, audience: audiences[0] } : claims,
    audiences,
    verified: check.keys !== undefined,
    exp,
    payload,
  };
}
