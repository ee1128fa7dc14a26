/** Cases of what a card's bytes do not say alone: whether it is in force, and whose claims and audience it was signed for. */
import { hex, publicJwk } from '@undertone/token';
import type { Case } from '../generate/builder.ts';
import { CARD_END, CLAIMS, issuer, makeSession, T0 } from '../generate/fixture.ts';

const withLife = (nbf: number, exp: number): object => ({ keys: [{ ...publicJwk(issuer), nbf: nbf / 1000, exp: exp / 1000 }] });

const bound = makeSession({ ...CLAIMS, audience: 'sip:desk@example.com' });

export const cardTermCases: readonly Case[] = [
  {
    name: 'before-it-begins',
    description: 'One millisecond before t0',
    rules: ['CARD-3'],
    input: { atMs: T0 - 1 },
    refused: 'card-not-yet-valid',
  },
  {
    name: 'after-it-ends',
    description: 'One millisecond after its last slot',
    rules: ['CARD-3'],
    input: { atMs: CARD_END + 1 },
    refused: 'card-expired',
  },
  {
    name: 'within-key-life',
    description: "Inside the issuer key's lifetime",
    rules: ['CARD-8'],
    input: { trust: withLife(T0, CARD_END) },
  },
  {
    name: 'before-key-life',
    description: "Before the issuer key's lifetime",
    rules: ['CARD-8'],
    input: { trust: withLife(T0 + 1000, CARD_END) },
    refused: 'issuer-key-expired',
  },
  {
    name: 'after-key-life',
    description: "After the issuer key's lifetime",
    rules: ['CARD-8'],
    input: { trust: withLife(T0 - 10_000, T0 - 1000) },
    refused: 'issuer-key-expired',
  },
  { name: 'its-claims', description: 'With the claims whose hash it holds', rules: ['CARD-5'], input: { claims: CLAIMS } },
  {
    name: 'other-agent',
    description: 'Claims that name another agent',
    rules: ['CARD-5'],
    input: { claims: { ...CLAIMS, agent: 'manager' } },
    refused: 'claims-mismatch',
  },
  {
    name: 'wider-scope',
    description: 'Claims with one scope more',
    rules: ['CARD-5'],
    input: { claims: { ...CLAIMS, scope: [...CLAIMS.scope, 'refund:write'] } },
    refused: 'claims-mismatch',
  },
  {
    name: 'its-audience',
    description: 'The signed audience is the identifier from signalling',
    rules: ['CARD-6'],
    input: { card: hex(bound.card.bytes), claims: bound.claims, audience: 'sip:desk@example.com' },
    says: { bound: 'call' },
  },
  {
    name: 'no-audience-known',
    description: 'Nothing is known from signalling: the call is not bound',
    rules: ['CARD-6'],
    polarity: 'negative',
    input: { card: hex(bound.card.bytes), claims: bound.claims },
    says: { bound: 'none' },
  },
  {
    name: 'other-audience',
    description: 'The signed audience is somebody else',
    rules: ['CARD-6'],
    input: { card: hex(bound.card.bytes), claims: bound.claims, audience: 'sip:other@example.com' },
    refused: 'audience-mismatch',
  },
  {
    name: 'audience-not-signed',
    description: 'An audience is asked for and the claims name none',
    rules: ['CARD-6'],
    input: { claims: CLAIMS, audience: 'sip:desk@example.com' },
    refused: 'audience-mismatch',
  },
];
