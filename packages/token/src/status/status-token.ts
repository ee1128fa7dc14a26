/**
 * The status list token: a JWT (`typ` statuslist+jwt, EdDSA) in which the issuer signs its list for a span of time. A look-up of the
 * past (`?time=`) gives the token of that time, and the same checks hold for it with that time.
 */
import { base64url, utf8 } from '../bytes.ts';
import type { Draft } from '../card.ts';
import { ed25519Sign } from '../crypto.ts';
import { TokenError } from '../errors.ts';
import { verifyJws } from '../jws.ts';
import { type IssuerKey, publicJwk } from '../keys.ts';
import { keyValidAt, type TrustedKey } from '../trust.ts';
import { decodeStatusList, encodeStatusList, MAX_STATUS_BYTES, type StatusList } from './status-list.ts';

export const STATUS_TOKEN_TYPE: string = 'statuslist+jwt';
/** For `Content-Type` and `Accept`. */
export const STATUS_TOKEN_MEDIA_TYPE: string = 'application/statuslist+jwt';
/** Longest compact token, in characters. */
export const MAX_STATUS_TOKEN_LENGTH: number = 2 * MAX_STATUS_BYTES;

export type StatusToken = {
  /** Where the list lives; the `sub` claim. */
  readonly uri: string;
  readonly issuedAtMs: number;
  readonly expiresAtMs: number;
  /** How long a verifier may go on without asking again; `null` when the issuer gives none. */
  readonly ttlSeconds: number | null;
  readonly list: StatusList;
};

export type StatusTokenFailure =
  | 'status-malformed'
  /** None of the issuer's keys that were valid when it was issued made the signature. */
  | 'status-bad-signature'
  /** A list of another place. */
  | 'status-wrong-uri'
  /** Its span of time does not cover the time asked for. */
  | 'status-not-yet-valid'
  | 'status-expired';

export type StatusTokenVerdict =
  | { readonly ok: true; readonly token: StatusToken }
  | { readonly ok: false; readonly code: StatusTokenFailure };

/** A list ready to be signed as a compact JWT. Times are whole seconds in the token: the start is rounded down, the end up. Rejects with `bad-argument`. */
export async function draftStatusToken(token: StatusToken, kid: string): Promise<Draft<string>> {
  const { uri, issuedAtMs, expiresAtMs, ttlSeconds, list } = token;
  if (!(issuedAtMs >= 0 && expiresAtMs > issuedAtMs)) throw new TokenError('bad-argument', 'a token ends after it begins');
  if (ttlSeconds !== null && !(ttlSeconds > 0)) throw new TokenError('bad-argument', 'ttl');
  const payload = {
    sub: uri,
    iat: Math.floor(issuedAtMs / 1000),
    exp: Math.ceil(expiresAtMs / 1000),
    ...(ttlSeconds === null ? {} : { ttl: ttlSeconds }),
    status_list: await encodeStatusList(list),
  };
  const part = (json: object): string => base64url(utf8(JSON.stringify(json)));
  const signed = `${part({ alg: 'EdDSA', typ: STATUS_TOKEN_TYPE, kid })}.${part(payload)}`;
  return { message: utf8(signed), finish: (signature) => `${signed}.${base64url(signature)}` };
}

/** Signs a list. Rejects with `bad-argument`. */
export async function signStatusToken(token: StatusToken, issuer: IssuerKey): Promise<string> {
  const { message, finish } = await draftStatusToken(token, issuer.kid);
  return finish(ed25519Sign(message, issuer.secretKey));
}

/**
 * Checks a token for one time. `keys` are those of the issuer whose card is judged, never the whole trust store: an issuer can't
 * speak for another's cards.
 */
export async function verifyStatusToken(
  jwt: string,
  keys: readonly TrustedKey[],
  check: { readonly uri: string; readonly atMs: number /** How slow the verifier's clock may be. */; readonly leewayMs?: number },
): Promise<StatusTokenVerdict> {
  if (jwt.length > MAX_STATUS_TOKEN_LENGTH || jwt.split('.').length !== 3) return { ok: false, code: 'status-malformed' };
  const signed = await verifyJws(jwt, keys.map(publicJwk), ['EdDSA', 'Ed25519']);
  if (signed?.header.typ !== STATUS_TOKEN_TYPE) return { ok: false, code: 'status-bad-signature' };
  const { sub, iat, exp, ttl, status_list } = signed.payload;
  if (typeof sub !== 'string' || typeof iat !== 'number' || typeof exp !== 'number')
    return { ok: false, code: 'status-malformed' };
  if (ttl !== undefined && !(typeof ttl === 'number' && ttl > 0)) return { ok: false, code: 'status-malformed' };
  if (!keyValidAt(keys[signed.key], iat * 1000)) return { ok: false, code: 'status-bad-signature' };
  if (sub !== check.uri) return { ok: false, code: 'status-wrong-uri' };
  // Written so that NaN fails.
  if (!(check.atMs + (check.leewayMs ?? 0) >= iat * 1000)) return { ok: false, code: 'status-not-yet-valid' };
  if (!(check.atMs <= exp * 1000)) return { ok: false, code: 'status-expired' };
  try {
    const list = await decodeStatusList(status_list);
    const token = { uri: sub, issuedAtMs: iat * 1000, expiresAtMs: exp * 1000, ttlSeconds: ttl ?? null, list };
    return { ok: true, token };
  } catch (error) {
    if (error instanceof TokenError) return { ok: false, code: 'status-malformed' };
    throw error;
  }
}
