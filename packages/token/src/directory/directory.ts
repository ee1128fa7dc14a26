/**
 * The issuer directory: a JWKS in the style of web-bot-auth (draft-meunier-webbotauth-httpsig-directory), with three members of our own.
 *
 * ```json
 * { "keys": [{ "kty": "OKP", "crv": "Ed25519", "x": "…", "kid": "…", "use": "sig", "nbf": 1790000000, "exp": 1800000000,
 *              "proof": "b64u" }],
 *   "issuer": "Example Bank", "status_list": "https://…", "log": "origin+keyid+key", "updated": 1790000000,
 *   "signatures": [{ "kid": "…", "signature": "b64u" }] }
 * ```
 *
 * A signature is over "ut1 directory" ‖ SHA-256 of the canonical JSON without `signatures`. A key's `proof` is its own signature over
 * "ut1 directory key" ‖ issuer, made once: it shows that the issuer holds the key, and did not list another's as its own.
 * Readers that know only JWKS find their members where they expect them.
 */
import { base64url, concat, fromBase64url } from '../bytes.ts';
import { ed25519Sign, ed25519Verify, SIGNATURE_BYTES, sha256 } from '../crypto.ts';
import { TokenError } from '../errors.ts';
import { canonicalJson, isObject, type JsonObject, tryParseJson } from '../json.ts';
import { type IssuerKey, MAX_NAME_LENGTH, type PublicJwk, publicJwk } from '../keys.ts';
import { parseTrust, type TrustedKey, type TrustStore } from '../trust.ts';

/** Path at the issuer's origin. */
export const DIRECTORY_PATH: string = '/.well-known/http-message-signatures-directory';
export const DIRECTORY_MEDIA_TYPE: string = 'application/http-message-signatures-directory+json';
/** Longest directory text, in characters. */
export const MAX_DIRECTORY_LENGTH: number = 262_144;
const MAX_SIGNATURES = 16;
const MAX_TEXT = 2048;

export type DirectoryKeyJson = PublicJwk & { readonly nbf?: number; readonly exp?: number; readonly proof?: string };

/** A listed key; `proof` is unchecked. */
export type DirectoryKey = TrustedKey & { readonly proof: Uint8Array | null };

export type DirectoryJson = {
  readonly keys: readonly DirectoryKeyJson[];
  readonly issuer: string;
  /** URI of the Token Status List that covers the issuer's cards. */
  readonly status_list?: string;
  /** Verifier key of the transparency log, as in signed notes. */
  readonly log?: string;
  /** Seconds since 1970; a directory never replaces a newer one. */
  readonly updated: number;
  readonly signatures: readonly { readonly kid: string; readonly signature: string }[];
};

/** A directory that parses; nothing is verified yet. */
export type Directory = {
  readonly issuer: string;
  readonly keys: readonly DirectoryKey[];
  readonly statusList: string | null;
  readonly log: string | null;
  readonly updated: number;
  readonly signatures: readonly Uint8Array[];
  /** What the signatures are over. */
  readonly message: Uint8Array;
};

export type DirectoryContent = {
  readonly issuer: string;
  /** Keys with their lifetimes in seconds since 1970; retired ones stay, so that old cards can be judged. */
  readonly keys: readonly {
    readonly publicKey: Uint8Array;
    /** {@link proveKey} of the key's holder. */
    readonly proof: Uint8Array;
    readonly nbf?: number;
    readonly exp?: number;
  }[];
  readonly statusList?: string;
  readonly log?: string;
  readonly updated: number;
};

function fail(what: string): never {
  throw new TokenError('directory-malformed', what);
}

function message(json: JsonObject): Uint8Array {
  const { signatures, ...signed } = json;
  return concat('ut1 directory', sha256(canonicalJson(signed)));
}

/** What a key signs to prove that it belongs to this issuer. */
export function keyProofMessage(issuer: string): Uint8Array {
  return concat('ut1 directory key', issuer);
}

/** A key's proof that it belongs to this issuer. */
export function proveKey(key: Pick<IssuerKey, 'secretKey'>, issuer: string): Uint8Array {
  return ed25519Sign(keyProofMessage(issuer), key.secretKey);
}

/** Whether a listed key proves that it belongs to the directory's issuer. */
export function keyProven(key: DirectoryKey, issuer: string): boolean {
  return key.proof !== null && ed25519Verify(key.proof, keyProofMessage(issuer), key.publicKey);
}

/** A directory ready for signatures, one by each key: at a rollover the old key and the new. */
export type DirectoryDraft = {
  readonly message: Uint8Array;
  /** Throws `directory-malformed`. */
  finish(signatures: readonly { readonly kid: string; readonly signature: Uint8Array }[]): DirectoryJson;
};

export function draftDirectory(content: DirectoryContent): DirectoryDraft {
  const unsigned = {
    keys: content.keys.map(({ publicKey, proof, nbf, exp }) => ({
      ...publicJwk({ name: content.issuer, publicKey }),
      proof: base64url(proof),
      ...(nbf === undefined ? {} : { nbf }),
      ...(exp === undefined ? {} : { exp }),
    })),
    issuer: content.issuer,
    ...(content.statusList === undefined ? {} : { status_list: content.statusList }),
    ...(content.log === undefined ? {} : { log: content.log }),
    updated: content.updated,
  };
  return {
    message: message(unsigned),
    finish(signatures) {
      const json = {
        ...unsigned,
        signatures: signatures.map(({ kid, signature }) => ({ kid, signature: base64url(signature) })),
      };
      parseDirectory(json);
      return json;
    },
  };
}

/** Signs a directory with every key given. Throws `directory-malformed`. */
export function createDirectory(content: DirectoryContent, signers: readonly IssuerKey[]): DirectoryJson {
  const draft = draftDirectory(content);
  return draft.finish(signers.map(({ kid, secretKey }) => ({ kid, signature: ed25519Sign(draft.message, secretKey) })));
}

function optionalText(value: unknown, member: string): string | null {
  if (value === undefined) return null;
  return typeof value === 'string' && value !== '' && value.length <= MAX_TEXT ? value : fail(member);
}

function readSignature(value: unknown): Uint8Array {
  if (typeof value !== 'string' || value.length !== Math.ceil((SIGNATURE_BYTES * 4) / 3)) fail('signature');
  return fromBase64url(value);
}

/** Reads a directory (a parsed JSON value). Keys that aren't Ed25519 are passed over. Throws `directory-malformed` or a `trust-…` code. */
export function parseDirectory(json: unknown): Directory {
  if (!isObject(json) || !Array.isArray(json.keys)) fail('keys');
  const { issuer, updated, signatures } = json;
  if (typeof issuer !== 'string' || issuer === '' || issuer.length > MAX_NAME_LENGTH) fail('issuer');
  if (typeof updated !== 'number' || !Number.isInteger(updated) || updated < 0) fail('updated');
  const list = signatures ?? [];
  if (!Array.isArray(list) || list.length > MAX_SIGNATURES) fail('signatures');
  const ours = json.keys.filter((key): key is JsonObject => isObject(key) && key.kty === 'OKP' && key.crv === 'Ed25519');
  try {
    return {
      issuer,
      // The directory speaks for one issuer; a name inside a key can't claim another.
      keys: parseTrust({ keys: ours }).keys.map((key, i) => ({
        ...key,
        name: issuer,
        proof: ours[i].proof === undefined ? null : readSignature(ours[i].proof),
      })),
      statusList: optionalText(json.status_list, 'status_list'),
      log: optionalText(json.log, 'log'),
      updated,
      signatures: list.map((item) => (isObject(item) ? readSignature(item.signature) : fail('signatures'))),
      message: message(json),
    };
  } catch (error) {
    if (error instanceof TokenError && (error.code === 'bad-json' || error.code === 'bad-base64url')) fail(error.message);
    throw error;
  }
}

/** Reads a directory from JSON text. */
export function parseDirectoryText(text: string): Directory {
  return text.length > MAX_DIRECTORY_LENGTH ? fail('too large') : parseDirectory(tryParseJson(text));
}

/** The first of these keys that signed the directory, or `null`. */
export function directorySigner(directory: Directory, keys: TrustStore['keys']): TrustedKey | null {
  const signed = (key: TrustedKey): boolean =>
    directory.signatures.some((signature) => ed25519Verify(signature, directory.message, key.publicKey));
  return keys.find(signed) ?? null;
}
