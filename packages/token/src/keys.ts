/**
 * Issuer keys: Ed25519 in JWK form (RFC 8037, `kty: OKP`, `crv: Ed25519`).
 *
 * The `kid` is the first 4 bytes of SHA-256 over the 32 public key bytes, written as 8 lower-case hexadecimal
 * digits. It is a hint: it can be ground, and never replaces the signature.
 */
import { base64url, constantTimeEqual, fromBase64url, hex } from './bytes.ts';
import { ed25519PublicKey, KEY_BYTES, type RandomSource, randomBytes, sha256 } from './crypto.ts';
import { TokenError } from './errors.ts';
import { isObject } from './json.ts';

export type IssuerKey = {
  /** Display name of the issuer; asserted by whoever made the file. */
  readonly name: string;
  readonly kid: string;
  readonly publicKey: Uint8Array;
  readonly secretKey: Uint8Array;
};

export type PublicJwk = {
  readonly kty: 'OKP';
  readonly crv: 'Ed25519';
  readonly alg: 'EdDSA';
  readonly use: 'sig';
  readonly x: string;
  readonly kid: string;
  readonly name?: string;
};

export type PrivateJwk = PublicJwk & { readonly d: string };

/** Longest issuer or key name, in UTF-16 code units. */
export const MAX_NAME_LENGTH: number = 256;

/** The 4-byte key identifier carried in a card. */
export function kidBytes(publicKey: Uint8Array): Uint8Array {
  return sha256(publicKey).slice(0, 4);
}

/** The same as 8 hexadecimal digits. */
export function kidOf(publicKey: Uint8Array): string {
  return hex(kidBytes(publicKey));
}

/** Makes a new issuer key. `name` may be empty. */
export function generateIssuerKey(name: string, random: RandomSource = randomBytes): IssuerKey {
  if (name.length > MAX_NAME_LENGTH) throw new TokenError('bad-argument', 'name is too long');
  const secretKey = random(KEY_BYTES);
  const publicKey = ed25519PublicKey(secretKey);
  return { name, kid: kidOf(publicKey), publicKey, secretKey };
}

export function publicJwk(key: { readonly name: string; readonly publicKey: Uint8Array }): PublicJwk {
  const jwk: PublicJwk = {
    kty: 'OKP',
    crv: 'Ed25519',
    alg: 'EdDSA',
    use: 'sig',
    x: base64url(key.publicKey),
    kid: kidOf(key.publicKey),
  };
  return key.name === '' ? jwk : { ...jwk, name: key.name };
}

/** The private form; keep it in a file only its owner can read. */
export function privateJwk(key: IssuerKey): PrivateJwk {
  return { ...publicJwk(key), d: base64url(key.secretKey) };
}

/** Decodes a 32-byte JWK member, or gives `null`. */
export function jwkBytes(value: unknown): Uint8Array | null {
  if (typeof value !== 'string' || value.length !== 43) return null;
  try {
    return fromBase64url(value);
  } catch {
    return null;
  }
}

/** Reads a private JWK (a parsed JSON value). Throws `key-malformed`. */
export function parsePrivateJwk(json: unknown): IssuerKey {
  if (!isObject(json)) throw new TokenError('key-malformed', 'not a JSON object');
  if (json.kty !== 'OKP' || json.crv !== 'Ed25519') throw new TokenError('key-malformed', 'not an Ed25519 key');
  const x = jwkBytes(json.x);
  const d = jwkBytes(json.d);
  if (x === null || d === null) throw new TokenError('key-malformed', 'x and d must be 32 bytes in base64url');
  const name = json.name ?? '';
  if (typeof name !== 'string' || name.length > MAX_NAME_LENGTH) throw new TokenError('key-malformed', 'name');
  if (!constantTimeEqual(ed25519PublicKey(d), x)) throw new TokenError('key-malformed', 'd does not belong to x');
  return { name, kid: kidOf(x), publicKey: x, secretKey: d };
}
