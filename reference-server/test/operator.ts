/** An operator with an embedded database of its own, and what a session asks of it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateIssuerKey, parseTrust, publicJwk, type TrustStore } from '@undertone/token';
import { type Operator, startOperator } from '../src/channel/operator.ts';
import { operatorNowMs } from '../src/clock.ts';
import type { IdentityRequest } from '../src/identity.ts';
import { keySigner } from '../src/issuer/keystore.ts';
import { emptyDatabase } from './shared.ts';

export interface TestOperator {
  readonly operator: Operator;
  readonly trust: TrustStore;
  /** Removes the database of an operator that is closed. */
  remove(): void;
}

export async function testOperator(): Promise<TestOperator> {
  const folder = mkdtempSync(join(tmpdir(), 'undertone-'));
  const issuer = generateIssuerKey('Test Issuer');
  const operator = await startOperator({
    keystore: { issuer: [{ signer: keySigner(issuer) }], log: keySigner(generateIssuerKey('log')) },
    database: { folder: emptyDatabase(join(folder, 'db')) },
    host: '127.0.0.1',
    port: 0,
  });
  return { operator, trust: parseTrust(publicJwk(issuer)), remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** A session that begins now. */
export const request = (): IdentityRequest => ({
  agent: 'concierge',
  scope: ['a:read'],
  persona: { voice: 'slt', role: 'a concierge' },
  t0Ms: Math.floor(operatorNowMs()),
  durationSeconds: 60,
});
