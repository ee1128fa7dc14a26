/**
 * Merging a directory into the trust store: how a verifier follows an issuer from key to key without a new trust file.
 *
 * New keys are taken only when a key that is trusted already, and is within its lifetime, signed the directory. Lifetimes of known
 * keys can be shortened by it (retired, or lost), never lengthened. No key is ever dropped: cards of the past need theirs.
 */
import { hex } from '../bytes.ts';
import { keyValidAt, MAX_TRUST_KEYS, type TrustedKey, type TrustStore } from '../trust.ts';
import { type Directory, type DirectoryKey, directorySigner, keyProven } from './directory.ts';

export type DirectoryFailure =
  /** No key that is trusted and within its lifetime signed it. */
  | 'directory-untrusted'
  /** Older than what was merged before. */
  | 'directory-outdated'
  /** A new key does not prove that it belongs to this issuer. */
  | 'directory-key-unproven'
  /** The trust store would grow past its bound. */
  | 'directory-too-many-keys';

export type DirectoryVerdict =
  | { readonly ok: true; readonly trust: TrustStore; readonly added: readonly TrustedKey[]; readonly signer: TrustedKey }
  | { readonly ok: false; readonly code: DirectoryFailure };

export type DirectoryCheck = {
  /** Now, ms since 1970. */
  readonly atMs: number;
  /** `updated` of the directory merged last, if any. */
  readonly lastUpdated?: number;
};

function earlier(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return Math.min(a, b);
}

function narrowed(known: TrustedKey, listed: TrustedKey): TrustedKey {
  const exp = earlier(known.exp, listed.exp);
  return exp === undefined ? known : { ...known, exp };
}

function trusted({ proof, ...key }: DirectoryKey, name: string): TrustedKey {
  return { ...key, name };
}

/**
 * A trust store from a directory alone, for a verifier that was given the issuer's origin instead of keys: the path it came by
 * (TLS) is then what is trusted. `null` when a key is unproven.
 */
export function trustFromDirectory(directory: Directory): TrustStore | null {
  if (!directory.keys.every((key) => keyProven(key, directory.issuer))) return null;
  return { keys: directory.keys.map((key) => trusted(key, directory.issuer)) };
}

/** The trust store with what the directory adds and shortens. The name of the issuer stays the one the verifier knows. */
export function mergeDirectory(trust: TrustStore, directory: Directory, check: DirectoryCheck): DirectoryVerdict {
  if (check.lastUpdated !== undefined && directory.updated < check.lastUpdated) return { ok: false, code: 'directory-outdated' };
  const signer = directorySigner(
    directory,
    trust.keys.filter((key) => keyValidAt(key, check.atMs)),
  );
  if (signer === null) return { ok: false, code: 'directory-untrusted' };
  const known = new Map(trust.keys.map((key) => [hex(key.publicKey), key]));
  const added: TrustedKey[] = [];
  for (const key of directory.keys) {
    const id = hex(key.publicKey);
    const old = known.get(id);
    // Another issuer's key can't be shortened from here.
    if (old !== undefined) {
      if (old.name === signer.name) known.set(id, narrowed(old, key));
      continue;
    }
    if (!keyProven(key, directory.issuer)) return { ok: false, code: 'directory-key-unproven' };
    const fresh = trusted(key, signer.name);
    known.set(id, fresh);
    added.push(fresh);
  }
  if (known.size > MAX_TRUST_KEYS) return { ok: false, code: 'directory-too-many-keys' };
  return { ok: true, trust: { keys: [...known.values()] }, added, signer };
}

/** Keys that speak for the issuer of `key`: those of the same name, or that key alone where it has none. */
export function keysOfIssuer(trust: TrustStore, key: TrustedKey): readonly TrustedKey[] {
  return key.name === '' ? [key] : trust.keys.filter((other) => other.name === key.name);
}
