/** The issuer's keys, where they are kept. What asks for a signature never sees a private key. */
import { readFile, stat, writeFile } from 'node:fs/promises';
import {
  ed25519Sign,
  generateIssuerKey,
  type IssuerKey,
  isObject,
  parsePrivateJwk,
  privateJwk,
  tryParseJson,
} from '@undertone/token';
import { ServerError } from '../errors.ts';

/** An Ed25519 key that signs where it is kept: in a file, a PKCS#11 token or a KMS. */
export interface Signer {
  readonly name: string;
  readonly kid: string;
  readonly publicKey: Uint8Array;
  /** Ed25519 over the message itself (not a hash of it). */
  sign(message: Uint8Array): Promise<Uint8Array>;
}

/** A key and its lifetime, seconds since 1970, both ends included. */
export interface IssuerKeyEntry {
  readonly signer: Signer;
  readonly nbf?: number;
  readonly exp?: number;
}

/** What an issuer needs of a keystore; a PKCS#11 token or a KMS implements the same. */
export interface Keystore {
  /** The issuer's keys: those that sign now, those to come, and retired ones that still prove old cards. At least one. */
  readonly issuer: readonly IssuerKeyEntry[];
  /** The transparency log's key. */
  readonly log: Signer;
}

/** A key in memory as a signer. */
export function keySigner({ name, kid, publicKey, secretKey }: IssuerKey): Signer {
  return { name, kid, publicKey, sign: async (message) => ed25519Sign(message, secretKey) };
}

/** The key that signs at a time: of those valid then, the one that became valid last. Throws `issuer-no-key`. */
export function signerAt({ issuer }: Keystore, nowMs: number): Signer {
  const valid = issuer.filter(({ nbf = 0, exp = Infinity }) => nowMs >= nbf * 1000 && nowMs <= exp * 1000);
  const newest = valid.reduce<IssuerKeyEntry | null>((best, key) => ((key.nbf ?? 0) >= (best?.nbf ?? 0) ? key : best), null);
  if (newest === null) throw new ServerError('issuer-no-key', 'no issuer key is valid now');
  return newest.signer;
}

/**
 * Opens private JWKs in files; `nbf` and `exp` in a file are the key's lifetime. The log's key is made when its file is missing. Rejects
 * with `keystore-exposed` when others can read a file, or `keystore-unreadable`.
 */
export async function openFileKeystore(issuerFiles: readonly string[], logFile: string): Promise<Keystore> {
  const issuer: IssuerKeyEntry[] = [];
  for (const file of issuerFiles) {
    const json = await privateJson(file);
    const lifetime = (name: 'nbf' | 'exp') => (isObject(json) && typeof json[name] === 'number' ? { [name]: json[name] } : {});
    issuer.push({ signer: keySigner(parsed(file, json)), ...lifetime('nbf'), ...lifetime('exp') });
  }
  return { issuer, log: keySigner(parsed(logFile, await privateJson(logFile, true))) };
}

/** Opens one private JWK. Rejects as {@link openFileKeystore}. */
export async function openKeyFile(file: string): Promise<IssuerKey> {
  return parsed(file, await privateJson(file));
}

function parsed(file: string, json: unknown): IssuerKey {
  try {
    return parsePrivateJwk(json);
  } catch (error) {
    throw new ServerError('keystore-unreadable', `${file}: ${(error as Error).message}`);
  }
}

async function privateJson(file: string, make = false): Promise<unknown> {
  try {
    if (make) {
      const text = JSON.stringify(privateJwk(generateIssuerKey('log')), null, 2);
      // Fails when the file is there, which is then the key.
      await writeFile(file, `${text}\n`, { mode: 0o600, flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw error;
      });
    }
    const { mode } = await stat(file);
    if (process.platform !== 'win32' && (mode & 0o077) !== 0)
      throw new ServerError('keystore-exposed', `others can read ${file}; its mode must be 0600`);
    return tryParseJson(await readFile(file, 'utf8'));
  } catch (error) {
    if (error instanceof ServerError) throw error;
    throw new ServerError('keystore-unreadable', `${file}: ${(error as Error).message}`);
  }
}
