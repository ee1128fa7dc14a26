/** What options name: files of keys, and witnesses. Every fault is a ServerError `server-bad-option` that names the option. */
import { readdir, readFile } from 'node:fs/promises';
import { join, parse } from 'node:path';
import { createSecureContext } from 'node:tls';
import { decodeAudio } from '@undertone/audio';
import { resample } from '@undertone/audio/pcm';
import { type PublicJwk, parseTrust, type TrustStore } from '@undertone/token';
import { parseVerifierKey } from '@undertone/token/log';
import { ENGINE_RATE } from './engines/engine.ts';
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

/** Recordings of voices, 24 kHz, by the names of their files without the ending. */
export async function readReferences(folder: string | undefined): Promise<ReadonlyMap<string, Float32Array>> {
  const references = new Map<string, Float32Array>();
  if (folder === undefined) return references;
  const { summarise, voicedFrames } = await import('@undertone/model');
  try {
    for (const file of (await readdir(folder)).filter((name) => /\.(wav|flac)$/i.test(name))) {
      const { channels, sampleRate } = await decodeAudio(await readFile(join(folder, file)));
      const samples = resample(channels[0], sampleRate, ENGINE_RATE);
      if (!summarise(voicedFrames(samples))) throw new Error(`${file} has less than two seconds of voice`);
      references.set(parse(file).name, samples);
    }
  } catch (error) {
    throw bad('references', folder, error);
  }
  return references;
}

/** Certificate and private key, checked to belong together; null when none are named. */
export async function readTls({ tlsCert, tlsKey }: { tlsCert?: string | undefined; tlsKey?: string | undefined }): Promise<{
  readonly cert: Buffer;
  readonly key: Buffer;
} | null> {
  if (tlsCert === undefined || tlsKey === undefined) return null;
  try {
    const [cert, key] = await Promise.all([readFile(tlsCert), readFile(tlsKey)]);
    createSecureContext({ cert, key });
    return { cert, key };
  } catch (error) {
    throw bad('tlsCert, tlsKey', tlsCert, error);
  }
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
