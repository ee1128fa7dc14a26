import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Session, SlotRecord } from '../src/index.ts';
import {
  AUTH_STATES,
  createRecord,
  decodeAuth,
  encodeAuth,
  parseRecord,
  verifyAuth,
  verifyRecord,
  verifyRecordChain,
} from '../src/index.ts';
import { flip, seeded, session } from './fixtures.ts';

const key = seeded('k')(12);
const hash = seeded('h')(32);

describe('AUTH', () => {
  it('round trips every state and digest', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...AUTH_STATES),
        fc.nat(2 ** 22 - 1),
        fc.integer({ min: 1, max: 8191 }),
        (state, digest, epoch) => {
          const body = encodeAuth(key, hash, epoch, state, digest);
          expect(body).toHaveLength(6);
          expect(verifyAuth(body, key, hash, epoch)).toMatchObject({ state, digest });
          expect(verifyAuth(body, flip(key, 0), hash, epoch)).toBeNull();
          expect(verifyAuth(body, key, flip(hash, 31), epoch)).toBeNull();
          expect(verifyAuth(body, key, hash, epoch + 32)).toBeNull();
        },
      ),
      { numRuns: 30 },
    );
  });

  it('fails with any bit changed', () => {
    const body = encodeAuth(key, hash, 5, 'interrupted', 12345);
    for (let bit = 0; bit < 48; bit++) expect(verifyAuth(flip(body, bit >> 3, 0x80 >> (bit & 7)), key, hash, 5)).toBeNull();
    expect(decodeAuth(body.slice(1))).toBeNull();
  });

  it('refuses a digest of more than 22 bits', () => {
    for (const digest of [-1, 2 ** 22, 0.5]) expect(() => encodeAuth(key, hash, 1, 'full', digest)).toThrow('bad-argument');
  });
});

const made = session({ durationSeconds: 60 });

function fill(owner: Session, slots: readonly number[]): SlotRecord[] {
  return slots.map((slot) =>
    owner.createRecord({
      slot,
      sentMap: 0xf00f0000,
      sealedBits: seeded(`bits ${slot}`)(8),
      digest: seeded(`digest ${slot}`)(64),
      state: 'full',
    }),
  );
}

describe('slot records', () => {
  const records = fill(made, [1, 2, 3, 4, 5, 6]);
  const slots = (list: readonly SlotRecord[]): number[] => [...verifyRecordChain(list, made.card).records.keys()];

  it('round trip, signed and linked', () => {
    for (const record of records) {
      expect(parseRecord(record.bytes)).toEqual(record);
      expect(record.bytes).toHaveLength(216);
      expect(verifyRecord(record, made.card)).toEqual({ ok: true });
    }
    expect(records[0].previousHash).toEqual(new Uint8Array(32));
    expect(records[3].previousHash).toEqual(records[2].hash);
    expect(verifyRecordChain([...records].reverse(), made.card)).toMatchObject({ gaps: [], rejected: [] });
  });

  it('fail with any byte changed', () => {
    for (let i = 0; i < 216; i++) {
      let ok = true;
      try {
        ok = verifyRecord(parseRecord(flip(records[1].bytes, i)), made.card).ok;
      } catch (error) {
        expect(error).toMatchObject({ code: 'record-malformed' });
        ok = false;
      }
      expect(ok, `byte ${i}`).toBe(false);
    }
  });

  it('fail for another card', () => {
    const other = session({ random: seeded('other') });
    expect(verifyRecord(records[0], other.card)).toEqual({ ok: false, code: 'record-wrong-card' });
    expect(verifyRecord(records[0], { ...other.card, cardHash: made.cardHash })).toEqual({
      ok: false,
      code: 'record-bad-signature',
    });
    expect(verifyRecord(records[5], { ...made.card, slots: 5 })).toEqual({ ok: false, code: 'record-bad-slot' });
  });

  it('show a cut as a gap', () => {
    expect(verifyRecordChain([records[0], records[1], records[4]], made.card)).toMatchObject({
      gaps: [{ from: 3, to: 4 }],
      rejected: [],
    });
    expect(verifyRecordChain(records.slice(2), made.card).gaps).toEqual([{ from: 1, to: 2 }]);
  });

  it('reject a record whose link is wrong', () => {
    const { slot, sentMap, sealedBits, digest, state, cardHash } = records[2];
    const forged = createRecord(
      { slot, sentMap, sealedBits, digest, state, cardHash, previousHash: records[0].hash },
      made.signWithSessionKey,
    );
    const verdict = verifyRecordChain([records[0], records[1], forged, records[3]], made.card);
    expect(verdict.rejected).toEqual([{ slot: 3, code: 'record-chain-broken' }]);
    expect([...verdict.records.keys()]).toEqual([1, 2, 4]);
  });

  it('keep neither of two records for one slot', () => {
    const twin = createRecord({ ...records[2], digest: new Uint8Array(64) }, made.signWithSessionKey);
    const verdict = verifyRecordChain([...records, twin], made.card);
    expect(verdict.rejected).toEqual([{ slot: 3, code: 'record-equivocation' }]);
    expect(slots([...records, twin])).not.toContain(3);
    expect(slots([...records, records[2]])).toContain(3);
  });

  it('are made once for each slot, in order', () => {
    for (const slot of [6, 3, made.slots + 1]) expect(() => fill(made, [slot])).toThrow('record-malformed');
    expect(() => createRecord({ ...records[0], sealedBits: new Uint8Array(7) }, made.signWithSessionKey)).toThrow(
      'record-malformed',
    );
  });
});
