/** What options name: files of keys, and witnesses. Every fault is a ServerError `server-bad-option` that names the option. */
import { readFile } from 'node:fs/promises';
import { type PublicJwk, parseTrust, type TrustStore } from '@undertone/token';
import { parseVerifierKey } from '@undertone/token/log';
import { ServerError } from './errors.ts';
import type { IssuerOptions } from './issuer/issuer.ts';
import type { WitnessAddress } from './log/witness-client.ts';

async function readJson(option: string, file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as unknown;
  } catch (error) {
    throw bad(option, file, error);
  }
}

function bad(option: string, what: string, error: unknown): ServerError {
  return new ServerError('server-bad-option', `${option}: ${what}: ${(error as Error).message}`);
}

/** The issuer's own keys and those in trust files. */
export async function readTrust(own: readonly PublicJwk[], files: readonly string[]): Promise<TrustStore> {
  const stores = [parseTrust(own)];
  for (const file of files) {
    const json = await readJson('trust', file);
    try {
      stores.push(parseTrust(json));
    } catch (error) {
      throw bad('trust', file, error);
    }
  }
  const known = new Set<string>();
  const keys = stores.flatMap((store) => store.keys).filter(({ kid }) => !known.has(kid) && known.add(kid));
  return { keys };
}

type Jwks = NonNullable<IssuerOptions['authorisationKeys']>;

/** Keys of authorisation servers, from files of a JWK or a JWKS. */
export async function readKeys(files: readonly string[]): Promise<Jwks> {
  const lists = await Promise.all(
    files.map(async (file) => {
      const json = (await readJson('authorisation', file)) as Jwks[number] & { readonly keys?: Jwks };
      return json.keys ?? [json];
    }),
  );
  return lists.flat();
}

/** A witness as an option names it: its address, a space, and its verifier key. */
export function witnessAddress(text: string): WitnessAddress {
  const [url, key = ''] = text.split(' ');
  try {
    return { url: new URL(url).href, key: parseVerifierKey(key) };
  } catch (error) {
    throw bad('witnesses', text, error);
  }
}
