/** Deterministic operators, cards and bytes for the tests. */

import { importJwt } from '../src/import/index.ts';
import type { ImportedClaims, IssuerKey, RandomSource, Session, SessionOptions, TrustStore } from '../src/index.ts';
import {
  base64url,
  concat,
  createSession,
  ed25519Sign,
  generateIssuerKey,
  parseTrust,
  publicJwk,
  sha256,
  u32,
  utf8,
} from '../src/index.ts';

/** Reproducible bytes: SHA-256 in counter mode. */
export function seeded(seed: string): RandomSource {
  let counter = 0;
  return (size) => {
    const out = new Uint8Array(size);
    for (let at = 0; at < size; at += 32) out.set(sha256(seed, u32(counter++)).subarray(0, Math.min(32, size - at)), at);
    return out;
  };
}

export const T0 = 1_790_000_000_000;
export const issuer: IssuerKey = generateIssuerKey('Example Bank', seeded('issuer'));
export const stranger: IssuerKey = generateIssuerKey('Stranger', seeded('stranger'));
export const trust: TrustStore = parseTrust(publicJwk(issuer));

export function session(options: Partial<SessionOptions> = {}): Session {
  return createSession({ issuer, agent: 'Ada', t0Ms: T0, random: seeded('session'), ...options });
}

export function flip(bytes: Uint8Array, at: number, mask = 1): Uint8Array {
  const out = bytes.slice();
  out[at] ^= mask;
  return out;
}

export const jwtPayload = {
  iss: 'https://as.example',
  sub: 'agent-7',
  aud: 'tel:+15550100',
  iat: T0 / 1000 - 10,
  exp: T0 / 1000 + 290,
  jti: 'j-1',
  scope: 'balance:read card:block',
  cnf: { jkt: 'abc' },
  intent: { workflow_id: 'w1', workflow_step: 's1' },
  agent_proof: { agent_checksum: 'sha256:00', registration_id: 'r' },
};

export function makeJwt(
  payload: object = jwtPayload,
  header: object = { alg: 'EdDSA', typ: 'JWT' },
  key: IssuerKey = issuer,
): string {
  const text = `${base64url(utf8(JSON.stringify(header)))}.${base64url(utf8(JSON.stringify(payload)))}`;
  return `${text}.${base64url(ed25519Sign(concat(text), key.secretKey))}`;
}

/** {@link makeJwt} as it is imported. */
export const imported: ImportedClaims = await importJwt(makeJwt(), { atMs: T0 });
