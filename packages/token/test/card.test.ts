import { describe, expect, it } from 'vitest';
import {
  CARD_BYTES,
  cardEndMs,
  cardSymbols,
  claimsMatchCard,
  concat,
  parseCard,
  parseTrust,
  publicJwk,
  rsDecode,
  rsEncode,
  sha256,
  signCard,
  verifyCard,
} from '../src/index.ts';
import { flip, issuer, session, stranger, T0, trust } from './fixtures.ts';

const { card, claims } = session({ claims: { audience: 'tel:+15550100', scope: ['balance:read'] } });
const at = { atMs: T0 + 1000 };

describe('card', () => {
  it('has 162 bytes, 27 symbols, and reads back what was signed', () => {
    expect(card.bytes).toHaveLength(CARD_BYTES);
    expect(concat(...cardSymbols(card))).toEqual(card.bytes);
    expect(parseCard(card.bytes)).toEqual(card);
    expect(card).toMatchObject({ profile: 1, delaySeconds: 2, epochSlots: 8, kid: issuer.kid, t0Ms: T0, slots: 352, status: 0 });
    expect(card.cardHash).toEqual(sha256(card.bytes));
    expect(card.locator).toEqual(card.cardHash.slice(0, 6));
    const four = signCard({ ...card, epochSlots: 4, delaySeconds: 10 }, issuer);
    expect(parseCard(four.bytes)).toMatchObject({ epochSlots: 4, delaySeconds: 10 });
    for (const family of [0, 1, 2, 3]) expect(parseCard(signCard({ ...card, family }, issuer).bytes)).toMatchObject({ family });
  });

  it('survives 5 lost symbols', () => {
    const received = new Map(Array.from({ length: 27 }, (_, i) => [i + 5, rsEncode(cardSymbols(card), i + 5)] as const));
    expect(concat(...(rsDecode(received, 27) ?? []))).toEqual(card.bytes);
  });

  it('verifies with the issuer it names', () => {
    expect(verifyCard(card.bytes, trust, { ...at, claims, audience: 'tel:+15550100' })).toMatchObject({
      ok: true,
      issuer: { name: 'Example Bank' },
    });
  });

  it('fails with any bit of any byte changed', () => {
    for (let i = 0; i < CARD_BYTES; i++) {
      for (const mask of [1, 0x80]) expect(verifyCard(flip(card.bytes, i, mask), trust, at).ok, `byte ${i}`).toBe(false);
    }
  });

  it('does not believe fields that disagree with the signed bytes', () => {
    expect(verifyCard({ ...card, t0Ms: 0, slots: 65535 }, trust, { atMs: 5 })).toEqual({ ok: false, code: 'card-not-yet-valid' });
  });

  it('is valid from t0 to the end of its last slot', () => {
    const code = (atMs: number): string => {
      const verdict = verifyCard(card.bytes, trust, { atMs });
      return verdict.ok ? 'ok' : verdict.code;
    };
    expect([T0 - 1, T0, cardEndMs(card), cardEndMs(card) + 1, Number.NaN].map(code)).toEqual([
      'card-not-yet-valid',
      'ok',
      'ok',
      'card-expired',
      'card-not-yet-valid',
    ]);
  });

  const keyed = (nbf: number): ReturnType<typeof parseTrust> => parseTrust({ ...publicJwk(issuer), nbf });
  it.each([
    ['card-bad-length', card.bytes.slice(1), trust],
    ['card-unknown-profile', flip(card.bytes, 0, 2), trust],
    ['card-bad-signature', flip(card.bytes, 1, 0x20), trust],
    ['card-unknown-critical', flip(card.bytes, 1, 0x80), trust],
    ['card-bad-field', flip(card.bytes, 1, 0x03), trust],
    ['issuer-unknown', card.bytes, parseTrust(publicJwk(stranger))],
    ['card-bad-signature', flip(card.bytes, 161), trust],
    ['issuer-key-expired', card.bytes, keyed(T0 / 1000 + 60)],
  ])('gives %s', (code, bytes, store) => {
    expect(verifyCard(bytes, store, at)).toEqual({ ok: false, code });
  });

  it('ties claims and audience to itself', () => {
    expect(verifyCard(card, trust, { ...at, claims: { ...claims, agent: 'Eve' } })).toEqual({
      ok: false,
      code: 'claims-mismatch',
    });
    expect(verifyCard(card, trust, { ...at, claims, audience: 'tel:+1' })).toEqual({ ok: false, code: 'audience-mismatch' });
    expect(verifyCard(card, trust, { ...at, audience: 'tel:+15550100' })).toEqual({ ok: false, code: 'audience-mismatch' });
    expect(claimsMatchCard({ ...claims, scope: ['\ud800'] }, card)).toBe(false);
  });

  it.each([
    { delaySeconds: 1 },
    { delaySeconds: 11 },
    { slots: 0 },
    { slots: 65536 },
    { chainRoot: new Uint8Array(11) },
    { epochSlots: 5 as 4 },
    { family: 4 },
  ])('is not made with %j', (change) => {
    expect(() => signCard({ ...card, ...change }, issuer)).toThrow('card-bad-field');
  });
});
