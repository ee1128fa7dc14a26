import { describe, expect, it } from 'vitest';
import { keysOfIssuer } from '../src/directory/index.ts';
import {
  createRenewal,
  createSessionRecord,
  type HeldCard,
  hex,
  parseRenewal,
  parseSessionRecord,
  parseTrust,
  personaHash,
  publicJwk,
  RENEWAL_BYTES,
  type RenewOptions,
  renewSession,
  type Session,
  SLOT_MS,
  serializeSessionRecord,
  type TrustStore,
  utf8,
  verifyCard,
  verifyRenewal,
  verifySessionRecord,
  verifySuccession,
} from '../src/index.ts';
import { flip, issuer, seeded, session, stranger, trust } from './fixtures.ts';

const old = session({ claims: { rolePersona: hex(personaHash('role', utf8('first'))) } });

const renew = (options: Partial<RenewOptions> = {}, from = old) =>
  renewSession(from, { issuer, lastSlot: 100, reason: 'time', random: seeded('next'), ...options });

function held(of: Session, store: TrustStore = trust): HeldCard {
  const verdict = verifyCard(of.card, store, { atMs: of.card.t0Ms, claims: of.claims });
  if (!verdict.ok) throw new Error(verdict.code);
  return { ...verdict, claims: of.claims };
}

describe('renewal', () => {
  it('continues agent and claims under a new card that names the old one, without a gap', () => {
    const { session: next, renewal } = renew();
    expect(next.claims).toEqual({ ...old.claims, previousCard: hex(old.cardHash) });
    expect(next.card.t0Ms).toBe(old.card.t0Ms + 100 * SLOT_MS);
    expect(renewal.bytes).toHaveLength(RENEWAL_BYTES);
    expect(verifyRenewal(parseRenewal(renewal.bytes), old.card)).toBe(true);
    expect(verifySuccession(held(old), held(next), renewal)).toEqual({ ok: true });
  });

  it('can change the persona, and only says so when it does', () => {
    const rolePersona = hex(personaHash('role', utf8('second')));
    const { session: next, renewal } = renew({ reason: 'persona', claims: { rolePersona } });
    expect(verifySuccession(held(old), held(next), renewal)).toEqual({ ok: true });
    expect(next.claims.rolePersona).toBe(rolePersona);
    expect(() => renew({ reason: 'persona' })).toThrow('bad-argument');
  });

  it("follows the issuer's key when it rolls over", () => {
    const key = { ...stranger, name: issuer.name };
    const store = parseTrust([publicJwk(issuer), publicJwk(key)]);
    const { session: next, renewal } = renew({ issuer: key });
    expect(keysOfIssuer(store, store.keys[0])).toHaveLength(2);
    expect(verifySuccession(held(old, store), held(next, store), renewal)).toEqual({ ok: true });
  });

  const both = parseTrust([publicJwk(issuer), publicJwk(stranger)]);
  const { session: next, renewal } = renew();
  const foreign = renew({ issuer: stranger });
  const announced = (card: Session, lastSlot = 100) =>
    createRenewal({ lastSlot, next: card.card, reason: 'time' }, old.card, (message) => old.signWithSessionKey(message));
  const unlinked = session({ t0Ms: next.card.t0Ms, random: seeded('unlinked') });
  const otherAgent = session({ agent: 'Eve', t0Ms: next.card.t0Ms, claims: { previousCard: hex(old.cardHash) } });

  it.each([
    ['announced by another session key', held(next), foreign.renewal, 'next-card-unannounced'],
    ['other than the one announced', held(unlinked), renewal, 'next-card-unannounced'],
    ['that does not name the old one', held(unlinked), announced(unlinked), 'next-card-unlinked'],
    ['of another agent', held(otherAgent), announced(otherAgent), 'next-card-stranger'],
    ['of another issuer', held(foreign.session, both), announced(foreign.session), 'next-card-stranger'],
    ['that begins before the old one ends', held(next), announced(next, 101), 'next-card-gap'],
    ['that begins more than a slot later', held(next), announced(next, 98), 'next-card-gap'],
  ])('does not follow to a card %s', (_, card, notice, code) => {
    expect(verifySuccession(held(old), card, notice)).toEqual({ ok: false, code });
  });

  it('is refused when malformed or forged', () => {
    for (const bad of [renewal.bytes.slice(1), flip(renewal.bytes, 0), flip(renewal.bytes, 76, 0x80), flip(renewal.bytes, 76, 3)])
      expect(() => parseRenewal(bad)).toThrow('renewal-malformed');
    expect(verifyRenewal(parseRenewal(flip(renewal.bytes, 43)), old.card)).toBe(false);
    expect(verifyRenewal(announced(next, 60_000), old.card)).toBe(false);
  });

  it('ends the old session: later records under it no longer count', () => {
    const from = session();
    const fields = { sentMap: 1, sealedBits: new Uint8Array(8), digest: new Uint8Array(64), state: 'full' } as const;
    const records = [1, 2, 3].map((slot) => from.createRecord({ ...fields, slot }));
    const sign = (message: Uint8Array) => from.signWithSessionKey(message);
    const end = createRenewal({ lastSlot: 2, next: null, reason: 'end' }, from.card, sign);
    const content = { card: from.card, claims: from.claims, jwt: null, records, key: null, checkpoints: [], renewal: end };
    const json = JSON.parse(JSON.stringify(serializeSessionRecord(createSessionRecord(content, sign))));
    const verdict = verifySessionRecord(parseSessionRecord(json), trust);
    expect(verdict.ok && [...verdict.records.keys()]).toEqual([1, 2]);
    expect(verdict.ok && verdict.rejected).toEqual([{ slot: 3, code: 'record-after-end' }]);
    expect(verdict.ok && verdict.renewal?.reason).toBe('end');
    const { signature, ...unsigned } = { ...createSessionRecord({ ...content, renewal }, sign) };
    expect(verifySessionRecord({ ...unsigned, signature: null }, trust)).toEqual({ ok: false, code: 'session-bad-renewal' });
  });
});
