import { describe, expect, it } from 'vitest';
import {
  generateIssuerKey,
  hex,
  keysByKid,
  keyValidAt,
  parsePrivateJwk,
  parseTrust,
  privateJwk,
  publicJwk,
  sha256,
} from '../src/index.ts';
import { issuer, seeded, stranger } from './fixtures.ts';

const good = publicJwk(issuer);

describe('issuer keys', () => {
  it('round trip through a private JWK', () => {
    expect(parsePrivateJwk(JSON.parse(JSON.stringify(privateJwk(issuer))))).toEqual(issuer);
    expect(issuer.kid).toBe(hex(sha256(issuer.publicKey).slice(0, 4)));
    expect(good).not.toHaveProperty('d');
  });

  it.each([
    ['another curve', { ...privateJwk(issuer), crv: 'X25519' }],
    ['no private half', good],
    ['halves of two keys', { ...privateJwk(issuer), x: publicJwk(stranger).x }],
    ['a short d', { ...privateJwk(issuer), d: 'AAAA' }],
    ['a name that is no string', { ...privateJwk(issuer), name: 5 }],
    ['text', 'jwk'],
    ['null', null],
  ])('refuse %s', (_, json) => {
    expect(() => parsePrivateJwk(json)).toThrow('key-malformed');
  });

  it('come from the platform when no source is given', () => {
    expect(generateIssuerKey('x').kid).not.toBe(generateIssuerKey('x').kid);
  });
});

describe('parseTrust', () => {
  it('takes one key, a JWKS and an array', () => {
    const other = publicJwk(stranger);
    expect(parseTrust(good).keys.map((key) => key.name)).toEqual(['Example Bank']);
    expect(parseTrust({ keys: [good, other] }).keys).toHaveLength(2);
    expect(keysByKid(parseTrust([good, other]), stranger.kid)[0].publicKey).toEqual(stranger.publicKey);
  });

  it('computes the kid and ignores those of other formats', () => {
    expect(parseTrust({ ...good, kid: 'key-2026' }).keys[0].kid).toBe(issuer.kid);
  });

  it.each([
    ['trust-empty', []],
    ['trust-empty', { keys: [] }],
    ['trust-duplicate-key', [good, { ...good, name: 'again' }]],
    ['trust-private-key', privateJwk(issuer)],
    ['trust-private-key', { keys: [{ ...good, d: null }] }],
    ['trust-bad-key', { ...good, kty: 'EC' }],
    ['trust-bad-key', { ...good, alg: 'ES256' }],
    ['trust-bad-key', { ...good, use: 'enc' }],
    ['trust-bad-key', { ...good, kid: '00000000' }],
    ['trust-bad-key', { ...good, x: good.x.slice(0, 42) }],
    // The neutral element: every message would verify.
    ['trust-bad-key', { kty: 'OKP', crv: 'Ed25519', x: 'AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' }],
    ['trust-bad-key', { ...good, nbf: 'x' }],
    ['trust-bad-key', { ...good, nbf: 20, exp: 10 }],
    ['trust-bad-key', { keys: 'x' }],
    ['trust-bad-key', [null]],
    ['trust-bad-key', null],
    ['trust-bad-key', Array.from({ length: 1025 }, () => good)],
  ])('gives %s', (code, json) => {
    expect(() => parseTrust(json)).toThrow(expect.objectContaining({ code }));
  });

  it('judges key lifetimes at both ends, included', () => {
    const key = parseTrust({ ...good, nbf: 10, exp: 20 }).keys[0];
    expect([9_999, 10_000, 20_000, 20_001].map((at) => keyValidAt(key, at))).toEqual([false, true, true, false]);
    expect(keyValidAt(parseTrust(publicJwk(generateIssuerKey('', seeded('n')))).keys[0], 0)).toBe(true);
  });
});
