/**
 * The verifier's trusted issuers, read from one public JWK, a JWKS or an array of JWKs.
 */
import { hex } from './bytes.ts';
import { isEd25519PublicKey } from './crypto.ts';
import { TokenError } from './errors.ts';
import { isObject } from './json.ts';
import { jwkBytes, kidOf, MAX_NAME_LENGTH } from './keys.ts';

export type TrustedKey = {
  /** Name under which this verifier knows the issuer; empty when the file gives none. */
  readonly name: string;
  /** Computed from the key, never taken from the file. */
  readonly kid: string;
  readonly publicKey: Uint8Array;
  /** Key lifetime in seconds since 1970, both ends included. */
  readonly nbf?: number;
  readonly exp?: number;
};

export type TrustStore = { readonly keys: readonly TrustedKey[] };

/** Most keys in one trust store; bounds the signature checks one card can cause. */
export const MAX_TRUST_KEYS: number = 1024;

function keyTime(value: unknown, member: string): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0) throw new TokenError('trust-bad-key', member);
  return value;
}

function parseTrustedKey(json: unknown): TrustedKey {
  if (!isObject(json)) throw new TokenError('trust-bad-key', 'not a JSON object');
  if (json.kty !== 'OKP' || json.crv !== 'Ed25519') throw new TokenError('trust-bad-key', 'not an Ed25519 key');
  if (json.alg !== undefined && json.alg !== 'EdDSA' && json.alg !== 'Ed25519') throw new TokenError('trust-bad-key', 'alg');
  if (json.use !== undefined && json.use !== 'sig') throw new TokenError('trust-bad-key', 'use');
  const publicKey = jwkBytes(json.x);
  if (publicKey === null || !isEd25519PublicKey(publicKey)) throw new TokenError('trust-bad-key', 'x is not a public key');
  const kid = kidOf(publicKey);
  if (json.kid !== undefined) {
    if (typeof json.kid !== 'string' || json.kid.length > MAX_NAME_LENGTH) throw new TokenError('trust-bad-key', 'kid');
    // Foreign kid formats are ignored; one in our own format that is wrong means the file was edited.
    if (/^[0-9a-f]{8}$/i.test(json.kid) && json.kid.toLowerCase() !== kid)
      throw new TokenError('trust-bad-key', 'kid does not belong to x');
  }
  const name = json.name ?? '';
  if (typeof name !== 'string' || name.length > MAX_NAME_LENGTH) throw new TokenError('trust-bad-key', 'name');
  const nbf = keyTime(json.nbf, 'nbf');
  const exp = keyTime(json.exp, 'exp');
  if (nbf !== undefined && exp !== undefined && exp < nbf) throw new TokenError('trust-bad-key', 'exp before nbf');
  return { name, kid, publicKey, ...(nbf === undefined ? {} : { nbf }), ...(exp === undefined ? {} : { exp }) };
}

/** Reads a trust store from a parsed JSON value. Throws the `trust-…` codes. */
export function parseTrust(json: unknown): TrustStore {
  const list = Array.isArray(json) ? json : isObject(json) && json.keys !== undefined ? json.keys : [json];
  // A private key in a trust file is a leak about to be copied around; refuse before anything else.
  const objects = [json, ...(Array.isArray(list) ? list : [])];
  if (objects.some((item) => isObject(item) && item.d !== undefined))
    throw new TokenError('trust-private-key', 'remove the private member d and rotate this key');
  if (!Array.isArray(list)) throw new TokenError('trust-bad-key', 'keys must be an array');
  if (list.length === 0) throw new TokenError('trust-empty');
  if (list.length > MAX_TRUST_KEYS) throw new TokenError('trust-bad-key', `more than ${MAX_TRUST_KEYS} keys`);
  const keys = list.map(parseTrustedKey);
  const seen = new Set<string>();
  for (const key of keys) {
    const id = hex(key.publicKey);
    if (seen.has(id)) throw new TokenError('trust-duplicate-key', key.kid);
    seen.add(id);
  }
  return { keys };
}

/** All trusted keys with this kid; usually one, and more only if a kid was ground. */
export function keysByKid(trust: TrustStore, kid: string): readonly TrustedKey[] {
  return trust.keys.filter((key) => key.kid === kid);
}

/** Whether a key's lifetime covers a time in ms since 1970. */
export function keyValidAt(key: TrustedKey, atMs: number): boolean {
  return (key.nbf === undefined || atMs >= key.nbf * 1000) && (key.exp === undefined || atMs <= key.exp * 1000);
}
