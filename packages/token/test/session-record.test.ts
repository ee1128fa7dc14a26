import { describe, expect, it } from 'vitest';
import type { Session, SessionRecord, SlotRecord } from '../src/index.ts';
import {
  base64url,
  CheckpointWindows,
  createSessionRecord,
  generateIssuerKey,
  parseSessionRecord,
  parseSessionRecordText,
  parseTrust,
  publicJwk,
  serializeSessionRecord,
  verifySessionRecord,
} from '../src/index.ts';
import { flip, imported, issuer, makeJwt, seeded, session, stranger, T0, trust } from './fixtures.ts';

function whole(owner: Session, slots = 12): SessionRecord {
  const records: SlotRecord[] = [];
  for (let slot = 1; slot <= slots; slot++) {
    records.push(
      owner.createRecord({ slot, sentMap: 0xffffffff, sealedBits: new Uint8Array(8), digest: new Uint8Array(64), state: 'full' }),
    );
  }
  const windows = new CheckpointWindows(owner.cardHash, owner.signWithSessionKey);
  for (let epoch = 1; epoch <= 24; epoch++) windows.add(epoch, seeded(`${epoch}`)(6));
  windows.close();
  const content = {
    card: owner.card,
    claims: owner.claims,
    jwt: owner.jwt,
    records,
    key: { slot: slots, key: owner.keyForSlot(slots) },
    checkpoints: windows.checkpoints,
  };
  return createSessionRecord(content, owner.signWithSessionKey);
}

const made = session({ durationSeconds: 60, imported, agent: 'agent-7', claims: { audience: 'tel:+15550100' } });
const record = whole(made);
const json = JSON.parse(JSON.stringify(serializeSessionRecord(record)));

describe('session record', () => {
  it('goes through JSON unchanged', () => {
    expect(parseSessionRecordText(JSON.stringify(json))).toEqual(record);
    const bare = { ...record, jwt: null, key: null, signature: null };
    expect(parseSessionRecord(serializeSessionRecord(bare))).toEqual(bare);
  });

  it('holds no private key', () => {
    const text = JSON.stringify(json);
    const random = seeded('session');
    for (const secret of [random(32), random(32), issuer.secretKey, made.keyForSlot(13), made.keyForSlot(made.slots)]) {
      expect(text).not.toContain(base64url(secret));
    }
  });

  it('verifies as a whole', () => {
    const verdict = verifySessionRecord(parseSessionRecord(json), trust, { audience: 'tel:+15550100' });
    expect(verdict).toMatchObject({
      ok: true,
      issuer: { kid: issuer.kid },
      gaps: [],
      rejected: [],
      rejectedCheckpoints: 0,
      signed: true,
      bound: 'call',
    });
    if (!verdict.ok) return;
    expect([...verdict.records.keys()]).toHaveLength(12);
    expect(verdict.keys.keyForSlot(5)).toEqual(made.keyForSlot(5));
    expect(verdict.keys.newestSlot).toBe(12);
    expect(verdict.checkpoints).toHaveLength(3);
    expect(verifySessionRecord(record, trust)).toMatchObject({ ok: true, bound: 'none' });
  });

  const rest = (change: Partial<SessionRecord>): SessionRecord => ({ ...record, ...change });
  const key = record.key as { slot: number; key: Uint8Array };
  it.each<[string, SessionRecord]>([
    ['session-bad-signature', rest({ records: record.records.slice(0, -1) })],
    ['session-bad-signature', rest({ signature: flip(record.signature as Uint8Array, 5) })],
    ['session-bad-key', rest({ key: { slot: 11, key: key.key } })],
    ['session-bad-key', rest({ key: { slot: 12, key: flip(key.key, 0) } })],
    ['claims-mismatch', rest({ claims: { ...record.claims, agent: 'Eve' } })],
    ['jwt-mismatch', rest({ jwt: makeJwt({ other: 1 }) })],
    ['issuer-unknown', whole(session({ issuer: stranger }))],
  ])('gives %s', (code, changed) => {
    expect(verifySessionRecord(changed, trust)).toEqual({ ok: false, code });
  });

  it('is bound to the audience asked for', () => {
    expect(verifySessionRecord(record, trust, { audience: 'tel:+1' })).toEqual({ ok: false, code: 'audience-mismatch' });
  });

  it('keeps only the records and checkpoints that hold', () => {
    const other = whole(session({ random: seeded('other') }));
    const mixed = rest({
      signature: null,
      records: [...record.records.slice(0, 3), other.records[3], ...record.records.slice(5)],
      checkpoints: [record.checkpoints[0], other.checkpoints[1], record.checkpoints[2]],
    });
    const verdict = verifySessionRecord(mixed, trust);
    expect(verdict).toMatchObject({
      ok: true,
      signed: false,
      gaps: [{ from: 4, to: 5 }],
      rejected: [{ slot: 4, code: 'record-wrong-card' }],
      rejectedCheckpoints: 2,
    });
  });

  it('judges the issuer key at the time of the session, to the end of its records', () => {
    const until = (exp: number): unknown => verifySessionRecord(record, parseTrust({ ...publicJwk(issuer), exp }), {});
    expect(until(T0 / 1000 + 31)).toMatchObject({ ok: true });
    expect(until(T0 / 1000 + 30)).toEqual({ ok: false, code: 'issuer-key-expired' });
    expect(until(T0 / 1000 - 1)).toEqual({ ok: false, code: 'issuer-key-expired' });
  });

  it('takes claims as deep as claims may be', () => {
    let deep: object = {};
    for (let i = 0; i < 14; i++) deep = { deep };
    const owner = session({ issuer: generateIssuerKey('', seeded('deep')), claims: { constraints: { deep } } });
    expect(parseSessionRecord(serializeSessionRecord(whole(owner))).claims).toEqual(owner.claims);
  });

  it.each([
    ['null', null],
    ['another version', { ...json, version: 2 }],
    ['another profile', { ...json, profile: 2 }],
    ['an unknown member', { ...json, secret: 1 }],
    ['a short card', { ...json, card: json.card.slice(4) }],
    ['padding', { ...json, card: `${json.card}=` }],
    ['no claims', { ...json, claims: undefined }],
    ['a jwt that is no text', { ...json, jwt: 5 }],
    ['a jwt that is not ASCII', { ...json, jwt: '\ud800' }],
    ['no records', { ...json, records: undefined }],
    ['no keys', { ...json, keys: undefined }],
    ['no checkpoints', { ...json, checkpoints: undefined }],
    ['a seed beside the key', { ...json, keys: { ...json.keys, seed: 'AA' } }],
    ['more records than slots', { ...json, records: Array(100).fill(json.records[0]) }],
    ['a cut record', { ...json, records: [json.records[0].slice(4)] }],
    ['a huge record', { ...json, records: ['A'.repeat(1e6)] }],
    ['slot 0', { ...json, keys: { ...json.keys, slot: 0 } }],
    ['a short key', { ...json, keys: { slot: 1, key: 'AAAA' } }],
    ['keys as text', { ...json, keys: 'x' }],
    ['a bad checkpoint', { ...json, checkpoints: ['AAAA'] }],
    ['a short signature', { ...json, signature: 'AAAA' }],
  ])('refuses %s', (_, bad) => {
    expect(() => parseSessionRecord(bad)).toThrow(expect.objectContaining({ code: 'session-malformed' }));
  });

  it('refuses text that is not JSON', () => {
    expect(() => parseSessionRecordText('{')).toThrow('session-malformed');
  });
});
