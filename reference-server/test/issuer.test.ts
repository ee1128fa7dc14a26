import { mkdtempSync, rmSync } from 'node:fs';
import { chmod, readFile, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  base64url,
  canonicalJson,
  createChain,
  ed25519PublicKey,
  ed25519Sign,
  ed25519Verify,
  fromBase64url,
  generateIssuerKey,
  hex,
  type IssuerKey,
  parseCard,
  parseSessionRecord,
  parseTrust,
  privateJwk,
  publicJwk,
  randomBytes,
  serializeSessionRecord,
  sessionRecordMessage,
  utf8,
  verifyCard,
  verifySessionRecord,
} from '@undertone/token';
import { DIRECTORY_PATH, mergeDirectory, parseDirectory } from '@undertone/token/directory';
import { sequenceHash } from '@undertone/token/import';
import {
  inclusionProof,
  KeyKind,
  type LogEntryKind,
  leafHash,
  logEntry,
  type NoteSigner,
  noteSigner,
  parseLogProof,
  parseNote,
  parseVerifierKey,
  tileReader,
  verifyInclusion,
  verifyLogProof,
  verifyTreeHead,
} from '@undertone/token/log';
import { StatusClient } from '@undertone/token/status';
import { CompactSign } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Operator, startOperator } from '../src/channel/operator.ts';
import { operatorNowMs } from '../src/clock.ts';
import { CARD_TOKEN_TYPE, JWT_TOKEN_TYPE, proofMessage, TOKEN_EXCHANGE } from '../src/issuer/card-request.ts';
import { keySigner, openFileKeystore } from '../src/issuer/keystore.ts';
import { signStatusRequest } from '../src/issuer/revocation.ts';
import { createWitness } from '../src/log/witness.ts';
import { registrationMessage } from '../src/resolve/registration.ts';
import { emptyDatabase } from './shared.ts';

const issuer = generateIssuerKey('Example Bank');
const next = generateIssuerKey('Example Bank');
const trust = parseTrust(publicJwk(issuer));
const authorisation = generateIssuerKey('');
const witnessKey: NoteSigner = noteSigner('witness.example/w1', KeyKind.COSIGNATURE, randomBytes(32));
const nowMs = (): number => Math.floor(operatorNowMs());
const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

let folder: string;
let operator: Operator;
let witness: Awaited<ReturnType<typeof createWitness>>;
const notices: string[] = [];
const request = () => ({
  agent: 'teller',
  scope: ['a:read'],
  persona: { voice: '', role: '' },
  t0Ms: nowMs(),
  durationSeconds: 60,
});
const get = async (path: string): Promise<Response> => fetch(new URL(path, operator.url));

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'undertone-'));
  const logKey = generateIssuerKey('log');
  witness = await createWitness({
    signer: witnessKey,
    logs: [noteSigner('log.example/undertone', KeyKind.ED25519, logKey.secretKey)],
    stateFile: join(folder, 'witness.json'),
    nowMs,
  });
  operator = await startOperator({
    keystore: {
      issuer: [{ signer: keySigner(issuer) }, { signer: keySigner(next), nbf: Math.floor(nowMs() / 1000) + 1000 }],
      log: keySigner(logKey),
    },
    database: { folder: emptyDatabase(join(folder, 'db')) },
    host: '127.0.0.1',
    port: 0,
    logOrigin: 'log.example/undertone',
    witnesses: [{ url: await witness.listen({ host: '127.0.0.1', port: 0 }), key: witnessKey }],
    authorisationKeys: [publicJwk(authorisation)],
    onNotice: (code, detail) => notices.push(`${code}: ${detail}`),
  });
});
afterAll(async () => {
  await operator?.close();
  await witness?.close();
  rmSync(folder, { recursive: true, force: true });
});

const directory = async () => parseDirectory(await (await get(DIRECTORY_PATH)).json());

describe('the directory', () => {
  it('lists the keys of now and of later, proven and signed, and where status list and log are', async () => {
    const found = await directory();
    const merged = mergeDirectory(trust, found, { atMs: nowMs() });
    expect(merged).toMatchObject({ ok: true });
    expect(found.keys.map(({ kid }) => kid)).toEqual([issuer.kid, next.kid]);
    expect(found.statusList).toBe(`${operator.url}/v1/status`);
    expect(parseVerifierKey(found.log!).name).toBe('log.example/undertone');
  });
});

describe('revocation', () => {
  const post = (body: object) =>
    fetch(new URL('v1/status', operator.url), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });

  it('is signed by the issuer, shows in the status list at once, and the past stays as it was', async () => {
    const { session } = await operator.start(request());
    const client = () => new StatusClient({ uri: `${operator.url}/v1/status`, keys: trust.keys });
    const index = session.card.status;
    const beforeMs = nowMs();
    expect(await client().now(index, beforeMs)).toEqual({ status: 'valid' });
    // The list has times of whole seconds.
    await wait(1100);
    const revoke = await signStatusRequest(hex(session.cardHash), 'revoked', nowMs(), keySigner(issuer));
    expect((await post(revoke)).status).toBe(204);
    expect(await client().now(index, nowMs())).toEqual({ status: 'revoked' });
    expect(await client().at(index, beforeMs)).toEqual({ status: 'valid' });
    expect(await client().now(index + 1, nowMs())).toEqual({ status: 'valid' });

    // A later word undoes it, an earlier one does not, nor does the same one again.
    const reinstate = await signStatusRequest(hex(session.cardHash), 'valid', nowMs() + 10, keySigner(issuer));
    expect((await post(reinstate)).status).toBe(204);
    expect((await post(revoke)).status).toBe(403);
    expect(await client().now(index, nowMs() + 2000)).toEqual({ status: 'valid' });
  });

  it('is refused from anyone else, for other cards, and when it is old', async () => {
    const { session } = await operator.start(request());
    const card = hex(session.cardHash);
    const stranger = await signStatusRequest(card, 'revoked', nowMs(), keySigner(generateIssuerKey('Example Bank')));
    const old = await signStatusRequest(card, 'revoked', nowMs() - 600_000, keySigner(issuer));
    const unknown = await signStatusRequest(hex(randomBytes(32)), 'revoked', nowMs(), keySigner(issuer));
    const moved = { ...(await signStatusRequest(card, 'suspended', nowMs(), keySigner(issuer))), status: 'revoked' };
    for (const [body, status] of [
      [stranger, 403],
      [old, 403],
      [moved, 403],
      [unknown, 404],
      [{}, 400],
      [{ ...old, card: 1 }, 400],
    ] as const)
      expect((await post(body)).status).toBe(status);
  });
});

describe('the exchange of an intent token for a card', () => {
  const sessionSecret = randomBytes(32);
  const sessionKey = ed25519PublicKey(sessionSecret);
  const chain = createChain(randomBytes(32), 8, sessionKey);

  async function intentToken(changes: object = {}, key: IssuerKey = authorisation): Promise<string> {
    const { kty, crv, x } = publicJwk({ name: '', publicKey: sessionKey });
    const payload = {
      iss: 'https://as.example',
      sub: 'agent-7',
      aud: 'tel:+15550100',
      iat: Math.floor(nowMs() / 1000) - 1,
      exp: Math.floor(nowMs() / 1000) + 299,
      jti: hex(randomBytes(8)),
      scope: 'accounts:read accounts:pay',
      cnf: { jwk: { kty, crv, x } },
      intent: { workflow_id: 'w1', workflow_step: 's1', executed_by: 'agent-7', delegation_chain: sequenceHash(['agent-7']) },
      agent_proof: { agent_checksum: 'abc', registration_id: 'r1' },
      ...changes,
    };
    return new CompactSign(utf8(JSON.stringify(payload)))
      .setProtectedHeader({ alg: 'EdDSA', kid: key.kid })
      .sign(privateJwk(key));
  }
  function exchange(token: string, changes: Record<string, string> = {}, t0Ms = nowMs()): Promise<Response> {
    const form = {
      grant_type: TOKEN_EXCHANGE,
      subject_token: token,
      subject_token_type: JWT_TOKEN_TYPE,
      requested_token_type: CARD_TOKEN_TYPE,
      session_key: base64url(sessionKey),
      chain_root: base64url(chain.root),
      t0: String(t0Ms),
      slots: '8',
      proof: base64url(ed25519Sign(proofMessage(token, chain.root, t0Ms, 8), sessionSecret)),
      ...changes,
    };
    return fetch(new URL('v1/token', operator.url), { method: 'POST', body: new URLSearchParams(form) });
  }

  it('gives a card that names the token, narrows its scope and verifies', async () => {
    const token = await intentToken();
    const answer = await exchange(token, { scope: 'accounts:read' });
    const json = await answer.json();
    expect(json).toMatchObject({ issued_token_type: CARD_TOKEN_TYPE, token_type: 'N_A' });
    const card = parseCard(fromBase64url(json.access_token));
    expect(verifyCard(card, trust, { atMs: nowMs(), claims: json.claims })).toMatchObject({ ok: true });
    expect(card).toMatchObject({ sessionKey, chainRoot: chain.root, slots: 8 });
    expect(json.claims).toMatchObject({
      agent: 'agent-7',
      scope: ['accounts:read'],
      agentChecksum: 'abc',
      audience: 'tel:+15550100',
    });
    // The card can be resolved, though it speaks elsewhere.
    expect(await (await get(`/v1/sessions?locator=${hex(card.locator)}`)).json()).toMatchObject({
      sessions: [{ claims: json.claims }],
    });
    expect((await get(`/v1/sessions/${hex(card.cardHash)}/time?nonce=${'00'.repeat(16)}`)).status).toBe(404);
  });

  it.each([
    ['another session key than the token confirms', async () => exchange(await intentToken({ cnf: { jkt: 'x' } })), 'jwt-holder'],
    ['a proof by another key', async () => exchange(await intentToken(), { proof: base64url(new Uint8Array(64)) }), 'proof'],
    ['a token of a stranger', async () => exchange(await intentToken({}, generateIssuerKey(''))), 'jwt-bad-signature'],
    ['an expired token', async () => exchange(await intentToken({ exp: Math.floor(nowMs() / 1000) - 1 })), 'jwt-expired'],
    ['more scope than the token has', async () => exchange(await intentToken(), { scope: 'accounts:close' }), 'scope exceeds'],
    ['a start far from now', async () => exchange(await intentToken(), {}, nowMs() + 3600_000), 't0'],
  ])('refuses %s', async (_, ask, why) => {
    const answer = await ask();
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ error: 'invalid_grant', error_description: expect.stringContaining(why) });
  });

  it.each([
    ['no token at all', async () => exchange(''), 'invalid_request'],
    ['a life that is too long', async () => exchange(await intentToken(), { slots: '65535' }), 'invalid_request'],
    ['a session key that is none', async () => exchange(await intentToken(), { session_key: 'AAAA' }), 'invalid_request'],
    ['another grant', async () => exchange(await intentToken(), { grant_type: 'password' }), 'unsupported_grant_type'],
  ])('says what is wrong with %s', async (_, ask, error) => {
    const answer = await ask();
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ error });
  });
});

describe('the transparency log', () => {
  async function proof(kind: LogEntryKind, cardHash: Uint8Array, thing: Uint8Array, witnesses = 1) {
    const entry = logEntry(kind, cardHash, thing);
    const log = parseVerifierKey((await directory()).log!);
    for (let i = 0; i < 40; i++) {
      const answer = await get(`/log/proof/${hex(entry)}`);
      if (answer.ok) {
        const verdict = verifyLogProof(entry, parseLogProof(await answer.text()), {
          log,
          witnesses: [witnessKey],
          quorum: witnesses,
        });
        if (verdict.ok || verdict.code !== 'log-few-witnesses') return { entry, log, verdict };
      }
      await wait(200);
    }
    throw new Error(`no proof: ${notices.join('\n')}`);
  }

  it('holds every card, with a proof that a witness has cosigned', async () => {
    const { session } = await operator.start(request());
    const { verdict } = await proof('card', session.cardHash, session.card.bytes);
    expect(verdict).toMatchObject({ ok: true });
    const { witnessedAt } = verdict as { witnessedAt: number };
    expect(Math.abs(witnessedAt - nowMs() / 1000)).toBeLessThan(60);
    expect(await (await get(`/log/proof/${hex(logEntry('card', session.cardHash, randomBytes(3)))}`)).json()).toEqual({
      error: 'log-not-included',
    });
  });

  it('can be read as tiles, from which anyone computes the same proof', async () => {
    const { session } = await operator.start(request());
    const { entry, log } = await proof('card', session.cardHash, session.card.bytes);
    const head = verifyTreeHead(parseNote(await (await get('/log/checkpoint')).text()), log)!;
    const tile = async (path: string) => new Uint8Array(await (await get(`/log/${path}`)).arrayBuffer());
    const leaves = tileReader(head.size, tile);
    let index = -1;
    for (let i = 0; i < head.size && index < 0; i++) if (hex(await leaves(0, i)) === hex(leafHash(entry))) index = i;
    const path = await inclusionProof(index, head.size, leaves);
    expect(verifyInclusion(leafHash(entry), index, head.size, path, head.root)).toBe(true);
    expect((await get(`/log/tile/0/000.p/${head.size + 1}`)).status).toBe(404);
    expect((await get('/log/tile/0/../../v1/status')).status).toBe(404);
  });

  it('holds the signed record of a session when its last key is out', async () => {
    const speaking = await operator.start({ ...request(), t0Ms: nowMs() - 4000 });
    const { session } = speaking;
    const made = session.createRecord({
      slot: 1,
      sentMap: 0,
      sealedBits: new Uint8Array(8),
      digest: new Uint8Array(64),
      state: 'void',
    });
    await speaking.event({ type: 'voice-drift', atMs: nowMs(), distance: 3 });
    await speaking.publish(made);
    await speaking.end([]);
    let record = null;
    for (let i = 0; i < 40 && !record?.signature; i++) {
      await wait(100);
      record = parseSessionRecord(await (await get(`/v1/sessions/${hex(session.cardHash)}/record`)).json());
    }
    expect(ed25519Verify(record!.signature!, sessionRecordMessage(record!), session.card.sessionKey)).toBe(true);
    expect(verifySessionRecord(record!, trust)).toMatchObject({ ok: true, eventFailure: null, gaps: [] });
    expect(record!.events).toHaveLength(1);
    expect(record!.key).toMatchObject({ slot: 1, key: session.keyForSlot(1) });
    const json = utf8(canonicalJson(serializeSessionRecord(record!), -1));
    expect((await proof('session-record', session.cardHash, json)).verdict).toMatchObject({ ok: true });
    expect((await proof('persona-event', session.cardHash, record!.events![0].bytes)).verdict).toMatchObject({ ok: true });
  });
});

describe('soft binding resolution (C2PA)', () => {
  // A manifest store that C2PA's own library made, with this locator as its soft binding.
  const alg = 'undertone.locator.1';
  const locator = Uint8Array.of(1, 2, 3, 4, 5, 6);
  const value = Buffer.from(locator).toString('base64');
  const fixture = () => readFile(new URL('fixtures/manifest.c2pa', import.meta.url));
  const put = async (manifest: Uint8Array, key: IssuerKey = issuer) =>
    fetch(new URL(`v1/manifests?locator=${hex(locator)}`, operator.url), {
      method: 'POST',
      headers: {
        'content-type': 'application/c2pa',
        'undertone-signature': base64url(await keySigner(key).sign(registrationMessage(locator, manifest))),
      },
      body: Buffer.from(manifest),
    });
  const match = (body: object) =>
    fetch(new URL('v1/matches/byBinding', operator.url), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });

  it('leads from a locator to the manifest that the issuer registered, byte for byte', async () => {
    const manifest = await fixture();
    expect(await (await match({ alg, value })).json()).toEqual({ matches: [] });
    const { manifestId } = (await (await put(manifest)).json()) as { manifestId: string };
    expect(manifestId).toMatch(/^urn:c2pa:[0-9a-f-]{36}$/);
    expect(await (await match({ alg, value })).json()).toEqual({ matches: [{ manifestId }] });
    expect(await (await get(`/v1/matches/byBinding?alg=${alg}&value=${value}`)).json()).toEqual({ matches: [{ manifestId }] });
    const answer = await get(`/v1/manifests/${manifestId}`);
    expect(answer.headers.get('content-type')).toBe('application/c2pa');
    expect(Buffer.from(await answer.arrayBuffer()).equals(manifest)).toBe(true);
    // There is one manifest in this store, so that the active one alone is the same.
    const alone = await get(`/v1/manifests/${manifestId}?returnActiveManifest=true`);
    expect(Buffer.from(await alone.arrayBuffer()).equals(manifest)).toBe(true);
    expect(await (await get('/v1/services/supportedAlgorithms')).json()).toEqual({ watermarks: [{ alg }], fingerprints: [] });
  });

  it('refuses other algorithms, unknown manifests, strangers and what is no manifest store', async () => {
    const manifest = await fixture();
    expect((await match({ alg: 'com.example.other', value })).status).toBe(400);
    expect((await match({ alg, value: 'AQID' })).status).toBe(400);
    expect((await match({ alg })).status).toBe(400);
    expect((await get('/v1/manifests/urn:c2pa:none')).status).toBe(404);
    expect((await put(manifest, generateIssuerKey('Example Bank'))).status).toBe(403);
    for (const broken of [manifest.subarray(1), manifest.subarray(0, 100), Buffer.concat([manifest, manifest]), Buffer.alloc(40)])
      expect((await put(broken)).status).toBe(400);
  });
});

describe('the keystore', () => {
  it('keeps private keys to their owner, makes the log key once, and refuses what others can read', async () => {
    const file = join(folder, 'issuer.jwk');
    const log = join(folder, 'log.jwk');
    await writeFile(file, JSON.stringify({ ...privateJwk(issuer), exp: 2_000_000_000 }), { mode: 0o600 });
    const first = await openFileKeystore([file], log);
    expect((await stat(log)).mode & 0o077).toBe(0);
    const made = await readFile(log, 'utf8');
    const again = await openFileKeystore([file], log);
    expect(again.log.kid).toBe(first.log.kid);
    expect(await readFile(log, 'utf8')).toBe(made);
    expect(first.issuer[0]).toMatchObject({ exp: 2_000_000_000, signer: { kid: issuer.kid } });
    await chmod(file, 0o644);
    await expect(openFileKeystore([file], log)).rejects.toMatchObject({ code: 'keystore-exposed' });
    await expect(openFileKeystore([join(folder, 'none')], log)).rejects.toMatchObject({ code: 'keystore-unreadable' });
  });
});
