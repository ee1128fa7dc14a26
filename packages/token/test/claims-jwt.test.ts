import { describe, expect, it } from 'vitest';
import {
  canonicalClaims,
  checkAudience,
  claimsHash,
  fromUtf8,
  hex,
  importAgenticJwt,
  parseClaims,
  parseClaimsText,
  personaHash,
  scopeHash,
  sha256,
  utf8,
} from '../src/index.ts';
import { issuer, jwtPayload, makeJwt, session, stranger, T0 } from './fixtures.ts';

const base = { issuer: 'Bank', agent: 'Ada', scope: ['b', 'a'], constraints: { max: 5 } };

describe('claims', () => {
  it('have one canonical form, whatever the order of members', () => {
    expect(fromUtf8(canonicalClaims(parseClaims(base)))).toBe(
      '{"agent":"Ada","constraints":{"max":5},"issuer":"Bank","scope":["b","a"]}',
    );
    const turned = parseClaimsText('{"scope":["b","a"],"constraints":{"max":5.0},"agent":"Ada","issuer":"Bank"}');
    expect(claimsHash(turned)).toEqual(claimsHash(parseClaims(base)));
    expect(hex(claimsHash(turned))).toBe(hex(sha256('ut1 claims', canonicalClaims(turned))));
  });

  it('hash scopes as a set, and the two personas apart', () => {
    expect(scopeHash(['b', 'a'])).toEqual(sha256('a b').slice(0, 4));
    expect(personaHash('voice', utf8('x'))).not.toEqual(personaHash('role', utf8('x')));
  });

  it.each([
    ['an unknown member', { ...base, admin: true }],
    ['no issuer', { ...base, issuer: undefined }],
    ['an empty agent', { ...base, agent: '' }],
    ['a scope with a space', { ...base, scope: ['a b'] }],
    ['a scope twice', { ...base, scope: ['a', 'a'] }],
    ['scope as text', { ...base, scope: 'a' }],
    ['constraints as a list', { ...base, constraints: [] }],
    ['a hash in capitals', { ...base, jwtHash: 'A'.repeat(64) }],
    ['a lone surrogate', { ...base, agent: '\udfff' }],
    ['too much', { ...base, constraints: { x: 'y'.repeat(20000) } }],
    ['a list', []],
  ])('refuse %s', (_, json) => {
    expect(() => parseClaims(json)).toThrow(expect.objectContaining({ code: 'claims-malformed' }));
  });

  it('match only their own audience', () => {
    expect(checkAudience({ audience: 'a' }, 'a')).toBeNull();
    expect(checkAudience({ audience: 'a' }, 'b')).toBe('audience-mismatch');
    expect(checkAudience({}, 'b')).toBe('audience-mismatch');
  });
});

describe('importAgenticJwt', () => {
  const check = { atMs: T0, verifyKey: issuer.publicKey };

  it('gives the claims of a card and the hash of the whole', () => {
    const jwt = makeJwt();
    expect(importAgenticJwt(jwt, check)).toMatchObject({
      verified: true,
      jwtHash: hex(sha256(jwt)),
      exp: jwtPayload.exp,
      claims: {
        issuer: 'https://as.example',
        agent: 'agent-7',
        agentChecksum: 'sha256:00',
        scope: ['balance:read', 'card:block'],
        audience: 'tel:+15550100',
        constraints: { intent: jwtPayload.intent },
      },
    });
    expect(importAgenticJwt(jwt, { atMs: T0 }).verified).toBe(false);
    expect(importAgenticJwt(makeJwt({ ...jwtPayload, cnf: { jwk: { kty: 'OKP' } }, scope: ['x'] }), check).claims.scope).toEqual([
      'x',
    ]);
  });

  const without = (name: string): object => ({ ...jwtPayload, [name]: undefined });
  it.each<[string, string, { atMs: number; verifyKey?: Uint8Array }]>([
    ['jwt-malformed', 'a.b', check],
    ['jwt-malformed', 'a.b.c.d', check],
    ['jwt-malformed', 'x'.repeat(70000), check],
    ['jwt-malformed', makeJwt({ ...jwtPayload, iat: 'now' }), check],
    ['jwt-malformed', makeJwt({ ...jwtPayload, scope: [5] }), check],
    ['jwt-malformed', makeJwt({ ...jwtPayload, aud: 5 }), check],
    ['jwt-alg', makeJwt(jwtPayload, { alg: 'none' }), { atMs: T0 }],
    ['jwt-alg', makeJwt(jwtPayload, { alg: 'NonE' }), { atMs: T0 }],
    ['jwt-alg', makeJwt(jwtPayload, { alg: 'HS256' }), check],
    ['jwt-alg', makeJwt(jwtPayload, { alg: 'EdDSA', crit: ['x'] }), check],
    ['jwt-alg', `${makeJwt().split('.').slice(0, 2).join('.')}.`, { atMs: T0 }],
    ['jwt-bad-signature', makeJwt(jwtPayload, { alg: 'EdDSA' }, stranger), check],
    ['jwt-expired', makeJwt(), { atMs: jwtPayload.exp * 1000 }],
    ['jwt-expired', makeJwt(), { atMs: jwtPayload.exp * 1000 + 1e6, verifyKey: issuer.publicKey }],
    ['jwt-not-yet-valid', makeJwt(), { atMs: (jwtPayload.iat - 1) * 1000 }],
    ['jwt-not-yet-valid', makeJwt(), { atMs: Number.NaN }],
    ['jwt-not-yet-valid', makeJwt({ ...jwtPayload, nbf: T0 / 1000 + 5 }), check],
    ...['iss', 'sub', 'iat', 'exp', 'jti', 'scope', 'cnf', 'intent', 'agent_proof'].map(
      (name) => ['jwt-missing-claim', makeJwt(without(name)), check] as [string, string, typeof check],
    ),
    ['jwt-missing-claim', makeJwt({ ...jwtPayload, cnf: {} }), check],
  ])('gives %s', (code, jwt, how) => {
    expect(() => importAgenticJwt(jwt, how)).toThrow(expect.objectContaining({ code }));
  });

  it('becomes the claims of a session, whose own claims may narrow its scope but not widen it', () => {
    const jwt = makeJwt();
    const made = session({ jwt, jwtVerifyKey: issuer.publicKey, claims: { scope: ['balance:read'] } });
    expect(made.claims).toMatchObject({
      issuer: 'https://as.example',
      agent: 'Ada',
      scope: ['balance:read'],
      jwtHash: hex(sha256(jwt)),
    });
    expect(() => session({ jwt, claims: { scope: ['transfer'] } })).toThrow('claims-malformed');
    expect(() => session({ jwt, jwtVerifyKey: stranger.publicKey })).toThrow('jwt-bad-signature');
    expect(() => session({ jwt, t0Ms: T0 + 1e6 })).toThrow('jwt-expired');
  });
});
