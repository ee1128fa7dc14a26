/** A call that went on from one card to another is verified later with the session records of both, in one file. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeWav } from '@undertone/audio/wav';
import { createEncoder } from '@undertone/encoder';
import {
  createSession,
  createSessionRecord,
  generateIssuerKey,
  publicJwk,
  renewSession,
  type Session,
  type SessionRecord,
  type SlotRecord,
  serializeSessionRecord,
} from '@undertone/token';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { agentVoice, RATE } from '../src/demo/speech.ts';
import { revoke } from '../src/revoke.ts';
import { readSessionFile } from '../src/session-file.ts';
import { verify } from '../src/verify.ts';

const LAST_SLOT = 5;
const issuer = generateIssuerKey('Acme');

let dir: string;
let records: SessionRecord[];
let unused: SessionRecord;
const at = (name: string): string => join(dir, name);
const save = (name: string, content: unknown): string => {
  writeFileSync(at(name), JSON.stringify(content));
  return at(name);
};

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'undertone-'));
  const first = createSession({ issuer, agent: 'robin', t0Ms: Date.UTC(2026, 0, 1) });
  const { session: second, renewal } = renewSession(first, { issuer, lastSlot: LAST_SLOT, reason: 'time' });
  const signed: SlotRecord[] = [];
  const encoder = createEncoder({ session: first, sampleRate: RATE, onRecord: (record) => signed.push(record) });
  encoder.renew(second, LAST_SLOT);
  const words = (await agentVoice()).subarray(0, 25 * RATE);
  const out = [encoder.process(words), encoder.flush()].flatMap((part) => [...part]);
  writeFileSync(at('call.wav'), encodeWav([Float32Array.from(out.slice(encoder.latencySamples))], RATE));
  const record = (session: Session, own: readonly SlotRecord[]): SessionRecord => {
    const { card, claims } = session;
    const last = own.at(-1)?.slot;
    const key = last === undefined ? null : { slot: last, key: session.keyForSlot(last) };
    const content = { card, claims, jwt: null, records: own, key, checkpoints: [] };
    return createSessionRecord(session === first ? { ...content, renewal } : content, (m) => session.signWithSessionKey(m));
  };
  records = [record(first, signed.slice(0, LAST_SLOT)), record(second, signed.slice(LAST_SLOT))];
  // Announced, and the call ended before its first slot.
  unused = record(renewSession(second, { issuer, lastSlot: 5, reason: 'time' }).session, []);
  save('trust.json', publicJwk(issuer));
}, 60_000);
afterAll(() => rmSync(dir, { recursive: true, force: true }));

describe('a file of session records', () => {
  it('verifies the whole call, where the newest record alone verifies its part', async () => {
    const judged = async (name: string, content: unknown) => {
      const sessions = [save(name, content)];
      const report = await verify({
        ...{ input: at('call.wav'), trust: at('trust.json'), sessions, status: [], log: null, raw: null },
        ...{ acceptWeakContent: false, minCoverage: null, searchSpeed: false, nowMs: Date.now() },
      });
      const [{ spans }] = report.channels;
      const attested = spans.filter(({ state }) => state === 'attested').map(({ sessionId }) => sessionId);
      return { exitCode: report.exitCode, attested: new Set(attested).size };
    };
    const json = records.map(serializeSessionRecord);
    expect(await judged('call.json', json)).toEqual({ exitCode: 0, attested: 2 });
    expect(await judged('unused.json', [...json, serializeSessionRecord(unused)])).toEqual({ exitCode: 0, attested: 2 });
    expect(await judged('newest.json', json[1])).toEqual({ exitCode: 3, attested: 1 });
  }, 60_000);

  it('is one record, or a list with at least one in it', async () => {
    const json = records.map(serializeSessionRecord);
    expect(await readSessionFile(save('one.json', json[0]))).toEqual([records[0]]);
    expect(await readSessionFile(save('both.json', json))).toEqual(records);
    for (const bad of [[], [json[0], null], [json], Array(145).fill(json[0]), 'text'])
      await expect(readSessionFile(save('bad.json', bad))).rejects.toMatchObject({ code: 'session-malformed' });
    await expect(readSessionFile(at('nothing.json'))).rejects.toMatchObject({ code: 'input-missing' });
  });

  it('names no single card to revoke when it is a list', async () => {
    const card = save('list.json', records.map(serializeSessionRecord));
    await expect(
      revoke({ card, issuer: at('issuer.jwk'), server: 'http://127.0.0.1:9', status: 'revoked' }),
    ).rejects.toMatchObject({ code: 'usage' });
  });
});
