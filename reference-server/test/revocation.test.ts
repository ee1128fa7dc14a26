/** A card that is revoked during a call: the verifier hears of it through the channel, long before it would ask again. */
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createChannelClient, type WebSocketConstructor } from '@undertone/channel';
import { createDetector } from '@undertone/detector';
import { generateIssuerKey, hex, parseTrust, privateJwk, publicJwk } from '@undertone/token';
import { StatusClient } from '@undertone/token/status';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { type Operator, startOperator } from '../src/channel/operator.ts';
import { operatorNowMs } from '../src/clock.ts';
import { openFileKeystore } from '../src/issuer/keystore.ts';
import { buildCommand, undertone } from './command.ts';
import { sleep, until } from './support.ts';

const issuer = generateIssuerKey('Example Bank');
const trust = parseTrust(publicJwk(issuer));
const folder = mkdtempSync(join(tmpdir(), 'undertone-revocation-'));
const issuerFile = join(folder, 'issuer.jwk');
let operator: Operator;

beforeAll(async () => {
  buildCommand();
  writeFileSync(issuerFile, JSON.stringify(privateJwk(issuer)), { mode: 0o600 });
  operator = await startOperator({
    keystore: await openFileKeystore([issuerFile], join(folder, 'log.jwk')),
    database: { folder: join(folder, 'db') },
    host: '127.0.0.1',
    port: 0,
  });
});
afterAll(async () => {
  await operator?.close();
  rmSync(folder, { recursive: true, force: true });
});

it('`undertone revoke` reaches a verifier on the call within seconds, by the signed list', async () => {
  const request = { agent: 'teller', scope: [], persona: { voice: '', role: '' }, durationSeconds: 120 };
  const { session } = await operator.start({ ...request, t0Ms: Math.floor(operatorNowMs()) });
  const channel = createChannelClient({
    resolvers: [{ url: operator.url }],
    WebSocket: WebSocket as unknown as WebSocketConstructor,
  });
  const status = new StatusClient({ uri: `${operator.url}/v1/status`, keys: trust.keys });
  const detector = createDetector({
    sampleRate: 8000,
    trust,
    channel,
    expect: [{ card: session.card.bytes, claims: session.claims }],
    status: () => status,
  });
  const told: string[] = [];
  const hearing = setInterval(() => {
    for (const event of detector.push(new Float32Array(800)))
      told.push(event.type === 'state' ? event.state : event.type === 'finding' ? event.finding.code : event.type);
  }, 100);
  // The list was asked, and says nothing against the card.
  expect(await until(() => status.askAgainMs > Date.now() + 30_000)).toBe(true);
  await sleep(2000);
  expect(told).toEqual(['resolved']);

  const command = undertone('revoke', hex(session.cardHash), '--issuer', issuerFile, '--server', operator.url);
  const [code] = await once(command, 'exit');
  expect(code).toBe(0);
  expect(await until(() => told.includes('revoked'), 15_000), told.join()).toBe(true);
  expect(told).toContain('card-revoked');
  clearInterval(hearing);
  channel.close();
});
