/** `undertone keygen`: an issuer key. */
import { existsSync } from 'node:fs';
import { generateIssuerKey, privateJwk, publicJwk } from '@undertone/token';
import { CliError } from './errors.ts';
import { writeBytes } from './io.ts';

/** Where the public half is written beside a private key. */
export function publicPath(path: string): string {
  return `${path.replace(/\.(jwk|json)$/, '')}.pub.json`;
}

/** Writes the private JWK (0600) and the public one beside it; never over an existing key. */
export async function keygen(out: string, name: string): Promise<string[]> {
  const publicFile = publicPath(out);
  for (const path of [out, publicFile])
    if (existsSync(path)) throw new CliError('key-exists', `${path} exists; a key is never overwritten. Choose another --out`);
  const key = generateIssuerKey(name);
  await writeBytes(out, `${JSON.stringify(privateJwk(key), null, 2)}\n`, 0o600);
  await writeBytes(publicFile, `${JSON.stringify(publicJwk(key), null, 2)}\n`);
  return [out, publicFile];
}
