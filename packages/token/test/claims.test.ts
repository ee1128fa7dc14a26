import { describe, expect, it } from 'vitest';
import {
  canonicalClaims,
  checkAudience,
  claimsHash,
  fromUtf8,
  hex,
  parseClaims,
  parseClaimsText,
  personaHash,
  scopeHash,
  sha256,
  utf8,
} from '../src/index.ts';

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
