/** Vectors of claims, personas and trust. */
import { hex, personaHash, privateJwk, publicJwk } from '@undertone/token';
import type { Plan } from '../generate/builder.ts';
import { CLAIMS, issuer, otherIssuer, secret } from '../generate/fixture.ts';

const claims: Plan = {
  path: 'card/claims',
  page: '01-card',
  layer: 'claims',
  operation: 'claims.hash',
  cases: [
    { name: 'least', description: 'Only what must be there', rules: ['CARD-5', 'CARD-11'], input: { claims: CLAIMS } },
    {
      name: 'all-members',
      description: 'Every member, nested constraints, characters outside ASCII',
      rules: ['CARD-5', 'CARD-11'],
      input: {
        claims: {
          scope: ['b', 'a'],
          issuer: 'Bücher GmbH',
          agent: 'Auskunft ☎',
          constraints: { limits: { eur: 50, per: 'call' }, allow: [true, null, 1.5] },
          agentChecksum: 'sha256:00',
          audience: 'tel:+4930',
          voicePersona: 'a'.repeat(64),
          rolePersona: 'b'.repeat(64),
          jwtHash: 'c'.repeat(64),
          previousCard: 'd'.repeat(64),
        },
      },
    },
    {
      name: 'order-of-members',
      description: 'Members in another order have the same hash',
      rules: ['CARD-5'],
      input: { claims: { constraints: {}, scope: CLAIMS.scope, agent: CLAIMS.agent, issuer: CLAIMS.issuer } },
    },
    {
      name: 'unknown-member',
      description: 'A member that the page does not name',
      rules: ['CARD-11'],
      input: { claims: { ...CLAIMS, admin: true } },
      refused: 'claims-malformed',
    },
    {
      name: 'no-agent',
      description: 'The agent is missing',
      rules: ['CARD-11'],
      input: { claims: { issuer: 'x', scope: [], constraints: {} } },
      refused: 'claims-malformed',
    },
    {
      name: 'scope-twice',
      description: 'One scope twice',
      rules: ['CARD-11'],
      input: { claims: { ...CLAIMS, scope: ['a', 'a'] } },
      refused: 'claims-malformed',
    },
    {
      name: 'scope-with-space',
      description: 'A scope that holds a space',
      rules: ['CARD-11'],
      input: { claims: { ...CLAIMS, scope: ['a b'] } },
      refused: 'claims-malformed',
    },
    {
      name: 'hash-in-capitals',
      description: 'A hash in capital letters',
      rules: ['CARD-11'],
      input: { claims: { ...CLAIMS, jwtHash: 'A'.repeat(64) } },
      refused: 'claims-malformed',
    },
    {
      name: 'too-deep',
      description: 'Constraints nested 17 deep',
      rules: ['CARD-11'],
      input: { claims: { ...CLAIMS, constraints: nest(17) } },
      refused: 'claims-malformed',
    },
    {
      name: 'deepest',
      description: 'A text inside 16 objects, the claims being the first',
      rules: ['CARD-11'],
      input: { claims: { ...CLAIMS, constraints: nest(15, 'x') } },
    },
    {
      name: 'text-too-deep',
      description: 'A text inside 17 objects, the claims being the first',
      rules: ['CARD-11'],
      input: { claims: { ...CLAIMS, constraints: nest(16, 'x') } },
      refused: 'claims-malformed',
    },
    {
      name: 'lists-too-deep',
      description: 'A text inside the claims, their constraints and 15 lists',
      rules: ['CARD-11'],
      input: { claims: { ...CLAIMS, constraints: { a: lists(15) } } },
      refused: 'claims-malformed',
    },
    {
      name: 'lone-surrogate',
      description: 'Half of a surrogate pair',
      rules: ['CARD-11'],
      input: { claims: { ...CLAIMS, agent: '\ud800' } },
      refused: 'claims-malformed',
    },
  ],
};

function nest(depth: number, inner: unknown = {}): unknown {
  return depth === 0 ? inner : { a: nest(depth - 1, inner) };
}

function lists(depth: number): unknown {
  return depth === 0 ? 'x' : [lists(depth - 1)];
}

const persona: Plan = {
  path: 'card/persona',
  page: '01-card',
  layer: 'claims',
  operation: 'persona.hash',
  common: { persona: hex(secret(7)) },
  cases: [
    { name: 'voice', description: 'A voice persona', rules: ['CARD-12'], input: { kind: 'voice' } },
    {
      name: 'role',
      description: 'The same bytes as a role persona have another hash',
      rules: ['CARD-12'],
      polarity: 'negative',
      input: { kind: 'role' },
      says: { hash: hex(personaHash('role', secret(7))) },
    },
  ],
};

const jwk = publicJwk(issuer);

const trusted: Plan = {
  path: 'card/trust',
  page: '01-card',
  layer: 'trust',
  operation: 'trust.read',
  cases: [
    { name: 'one-key', description: 'One public key', rules: ['TRUST-1', 'TRUST-2'], input: { trust: jwk } },
    {
      name: 'key-set',
      description: 'A key set with two issuers',
      rules: ['TRUST-1', 'TRUST-2'],
      input: { trust: { keys: [jwk, publicJwk(otherIssuer)] } },
    },
    {
      name: 'private-key',
      description: 'A private key among the trusted',
      rules: ['TRUST-1'],
      input: { trust: privateJwk(issuer) },
      refused: 'trust-private-key',
    },
    {
      name: 'private-key-after-a-bad-one',
      description: 'A key that cannot be used, and after it a private key: it is named first',
      rules: ['TRUST-1'],
      input: { trust: { keys: [{ ...jwk, crv: 'P-256' }, privateJwk(issuer)] } },
      refused: 'trust-private-key',
    },
    {
      name: 'private-member-of-the-set',
      description: 'A key set with the member d beside its keys',
      rules: ['TRUST-1'],
      input: { trust: { keys: [jwk], d: 'AA' } },
      refused: 'trust-private-key',
    },
    {
      name: 'foreign-kid',
      description: 'A kid of another form is ignored',
      rules: ['TRUST-2'],
      input: { trust: { ...jwk, kid: 'key-2026' } },
    },
    {
      name: 'kid-of-another-in-capitals',
      description: 'A kid in our form, in capitals, that is not of this key',
      rules: ['TRUST-2'],
      input: { trust: { ...jwk, kid: 'ABCDEF01' } },
      refused: 'trust-bad-key',
    },
    {
      name: 'for-encryption',
      description: 'A key that is there for encryption',
      rules: ['TRUST-2'],
      input: { trust: { ...jwk, use: 'enc' } },
      refused: 'trust-bad-key',
    },
    {
      name: 'lifetime-backwards',
      description: 'A key whose life ends before it begins',
      rules: ['TRUST-2'],
      input: { trust: { ...jwk, nbf: 20, exp: 10 } },
      refused: 'trust-bad-key',
    },
    {
      name: 'kid-of-another',
      description: 'A kid in our form that is not of this key',
      rules: ['TRUST-2'],
      input: { trust: { ...jwk, kid: '00000000' } },
      refused: 'trust-bad-key',
    },
    {
      name: 'twice',
      description: 'One key twice',
      rules: ['TRUST-2'],
      input: { trust: [jwk, jwk] },
      refused: 'trust-duplicate-key',
    },
    { name: 'none', description: 'No key', rules: ['TRUST-2'], input: { trust: { keys: [] } }, refused: 'trust-empty' },
    {
      name: 'other-curve',
      description: 'A P-256 key',
      rules: ['TRUST-2'],
      input: { trust: { ...jwk, kty: 'EC', crv: 'P-256' } },
      refused: 'trust-bad-key',
    },
    {
      name: 'small-order',
      description: 'The point of order one, which signs everything',
      rules: ['CARD-10'],
      input: { trust: { ...jwk, x: 'AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA', kid: undefined } },
      refused: 'trust-bad-key',
    },
  ],
};

export const claimsPlans: readonly Plan[] = [claims, persona, trusted];
