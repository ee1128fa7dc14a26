/** A card that is revoked during a call: the verifier hears of it through the channel, long before it would ask again. */
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createChannelClient, type WebSocketConstructor } from '@undertone/channel';
import { createDetector, type DetectorEvent } from '@undertone/detector';
import { generateIssuerKey, hex, parseTrust, privateJwk, publicJwk, type Session } from '@undertone/token';
import { StatusClient } from '@undertone/token/status';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { type Operator, startOperator } from '../src/channel/operator.ts';
import { operatorNowMs } from '../src/clock.ts';
import { openFileKeystore } from '../src/issuer/keystore.ts';
import { undertone } from './command.ts';
import { sleep, Talker, type TestServer, testServer, until } from './support.ts';

const issuer = generateIssuerKey('Example Bank');
const trust = parseTrust(publicJwk(issuer));
const folder = mkdtempSync(join(tmpdir(), 'undertone-revocation-'));
const issuerFile = join(folder, 'issuer.jwk');
let operator: Operator;

beforeAll(async () => {
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

/** A session of the issuer whose card is not revoked yet. */
async function open(): Promise<Session> {
  const request = { agent: 'teller', scope: [], persona: { voice: '', role: '' }, durationSeconds: 120 };
  return (await operator.start({ ...request, t0Ms: Math.floor(operatorNowMs()) })).session;
}

async function revoke(session: Session): Promise<void> {
  const command = undertone('revoke', hex(session.cardHash), '--issuer', issuerFile, '--server', operator.url);
  const [code] = await once(command, 'exit');
  expect(code).toBe(0);
}

it('`undertone revoke` reaches a verifier on the call within seconds, by the signed list', async () => {
  const session = await open();
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

  await revoke(session);
  expect(await until(() => told.includes('revoked'), 15_000), told.join()).toBe(true);
  expect(told).toContain('card-revoked');
  clearInterval(hearing);
  channel.close();
});

describe('a server that listens to a caller who is an agent', () => {
  let server: TestServer;
  afterEach(() => server?.close());

  /** Calls with the session's card in signalling. @returns what the server told about its caller */
  async function call(resolvers: readonly string[], session: Session): Promise<{ told: string[]; hangUp: () => void }> {
    server = await testServer({}, { callerTrust: { trust, resolvers } });
    const told: string[] = [];
    const talker = await Talker.call(server.chatUrl('metadata=1'), undefined, {
      metadata: (data) => {
        const { type, event } = data as { type: string; event: DetectorEvent };
        if (type !== 'caller') return;
        told.push(event.type === 'state' ? event.state : event.type === 'finding' ? event.finding.code : event.type);
      },
    });
    talker.client.sendMetadata({ session: { card: hex(session.card.bytes), claims: session.claims } });
    return { told, hangUp: () => talker.hangUp() };
  }

  it('learns that the card was taken back during the call', async () => {
    const session = await open();
    const { told, hangUp } = await call([operator.url], session);
    expect(await until(() => told.includes('resolved'))).toBe(true);
    await sleep(4000);
    expect(told).toEqual(['resolved']);
    await revoke(session);
    expect(await until(() => told.includes('revoked'), 15_000), told.join()).toBe(true);
    expect(told).toContain('card-revoked');
    hangUp();
  });

  it('refuses a card that was taken back before', async () => {
    const session = await open();
    await revoke(session);
    const { told, hangUp } = await call([operator.url], session);
    expect(await until(() => told.includes('revoked'), 15_000), told.join()).toBe(true);
    hangUp();
  });

  it('says so where no directory of the issuer is found', async () => {
    const stranger = createServer((_, answer) => answer.writeHead(404).end()).listen(0, '127.0.0.1');
    await once(stranger, 'listening');
    const { port } = stranger.address() as AddressInfo;
    const { told, hangUp } = await call([`http://127.0.0.1:${port}`], await open());
    expect(await until(() => told.includes('status-unknown'), 15_000), told.join()).toBe(true);
    expect(told).not.toContain('revoked');
    hangUp();
    stranger.close();
  });
});
