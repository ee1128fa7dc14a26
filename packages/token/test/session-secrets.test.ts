/** A session in two threads of one process: what one makes, the other makes too. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createSession, generateIssuerKey, hex, openSession, verifyRecord } from '../src/index.ts';

const issuer = generateIssuerKey('Issuer');
const session = createSession({ issuer, agent: 'robin', t0Ms: 1_800_000_000_000, durationSeconds: 60 });
const other = openSession(structuredClone(session.secrets()));

it('has the same card, keys and masks, and no key before its time', () => {
  expect({ card: other.card, claims: other.claims, jwt: other.jwt }).toEqual({
    card: session.card,
    claims: session.claims,
    jwt: session.jwt,
  });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: session.slots }), fc.double({ min: 0, max: 90_000, noNaN: true }), (slot, ms) => {
      const nowMs = session.card.t0Ms + ms;
      expect(other.keyForSlot(slot)).toEqual(session.keyForSlot(slot));
      expect(other.sealMask(slot)).toEqual(session.sealMask(slot));
      expect(other.keyForDisclosure(slot, nowMs)).toEqual(session.keyForDisclosure(slot, nowMs));
    }),
  );
});

it('signs with the same key', () => {
  const record = other.createRecord({
    slot: 1,
    sentMap: 0,
    sealedBits: new Uint8Array(8),
    digest: new Uint8Array(64),
    state: 'full',
  });
  expect(verifyRecord(record, session.card)).toEqual({ ok: true });
  const message = new TextEncoder().encode('ut1 time');
  expect(hex(other.signWithSessionKey(message))).toBe(hex(session.signWithSessionKey(message)));
});
