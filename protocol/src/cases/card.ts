/** Vectors of cards. */
import { hex, publicJwk, signCard } from '@undertone/token';
import type { Plan } from '../generate/builder.ts';
import {
  CLAIMS,
  cardHex,
  flip,
  issuer,
  makeSession,
  otherIssuer,
  SLOTS,
  secret,
  session,
  T0,
  trust,
} from '../generate/fixture.ts';

const { card } = session;

const END = T0 + SLOTS * 2560;

/** Fields that the encoder itself refuses have to be written into signed bytes by hand. */
const raw = (at: number, value: number): string => {
  const bytes = card.bytes.slice();
  bytes[at] = value;
  return hex(bytes);
};

const withLife = (nbf: number, exp: number): object => ({ keys: [{ ...publicJwk(issuer), nbf: nbf / 1000, exp: exp / 1000 }] });

const bound = makeSession({ ...CLAIMS, audience: 'sip:desk@example.com' });

const verify: Plan = {
  path: 'card/verify',
  page: '01-card',
  layer: 'card',
  operation: 'card.verify',
  common: { card: cardHex, trust, atMs: T0 },
  cases: [
    {
      name: 'as-signed',
      description: 'As signed, at the first millisecond',
      rules: ['CARD-1', 'CARD-2', 'CARD-3', 'CARD-8', 'CARD-9', 'CARD-10'],
    },
    {
      name: 'issuer-without-a-name',
      description: 'The trust file gives the issuer no name: it has none',
      rules: ['CARD-2'],
      input: { trust: publicJwk({ ...issuer, name: '' }) },
      says: { issuer: '' },
    },
    { name: 'last-millisecond', description: 'At the last millisecond of its span', rules: ['CARD-3'], input: { atMs: END } },
    {
      name: 'short-epochs',
      description: 'Epochs of 4 slots, δ of 10 s',
      rules: ['CARD-9'],
      input: { card: hex(makeSession(CLAIMS, { epochSlots: 4, delaySeconds: 10 }).card.bytes) },
      says: { epochSlots: 4, delaySeconds: 10 },
    },
    {
      name: 'another-family',
      description: 'Chip family 2',
      rules: ['CARD-1'],
      input: { card: hex(makeSession(CLAIMS, { family: 2 }).card.bytes) },
      says: { family: 2 },
    },
    {
      name: 'too-short',
      description: 'One byte is missing',
      rules: ['CARD-1'],
      input: { card: cardHex.slice(0, -2) },
      refused: 'card-bad-length',
    },
    {
      name: 'too-long',
      description: 'One byte too many',
      rules: ['CARD-1'],
      input: { card: `${cardHex}00` },
      refused: 'card-bad-length',
    },
    { name: 'empty', description: 'No byte at all', rules: ['CARD-1'], input: { card: '' }, refused: 'card-bad-length' },
    {
      name: 'other-profile',
      description: 'Profile 2, otherwise as signed',
      rules: ['CARD-1'],
      input: { card: raw(0, 2) },
      refused: 'card-unknown-profile',
    },
    {
      name: 'critical-bit',
      description: 'Critical flag bit 7 is set',
      rules: ['CARD-1'],
      input: { card: flip(card.bytes, 1, 0x80) },
      refused: 'card-unknown-critical',
    },
    {
      name: 'other-family',
      description: 'The chip family is not the one that was signed',
      rules: ['CARD-2'],
      input: { card: flip(card.bytes, 1, 0x20) },
      refused: 'card-bad-signature',
    },
    {
      name: 'delay-too-short',
      description: 'δ of 1 s',
      rules: ['CARD-9'],
      input: { card: raw(1, 1) },
      refused: 'card-bad-field',
    },
    {
      name: 'delay-too-long',
      description: 'δ of 11 s',
      rules: ['CARD-9'],
      input: { card: raw(1, 11) },
      refused: 'card-bad-field',
    },
    {
      name: 'no-slots',
      description: 'Zero slots',
      rules: ['CARD-9'],
      input: { card: flip(raw(12, 0), 13, card.bytes[13]) },
      refused: 'card-bad-field',
    },
    {
      name: 'unknown-issuer',
      description: 'A card of another issuer, well signed',
      rules: ['CARD-2'],
      input: { card: hex(signCard(card, otherIssuer).bytes) },
      refused: 'issuer-unknown',
    },
    {
      name: 'kid-of-trusted-key',
      description: 'Another issuer signed, the kid is that of the trusted key',
      rules: ['CARD-2'],
      input: { card: hex(card.bytes.slice(0, 98)) + hex(signCard(card, otherIssuer).bytes.slice(98)) },
      refused: 'card-bad-signature',
    },
    ...(
      [
        ['kid', 2, 'issuer-unknown'],
        ['t0', 11, 'card-bad-signature'],
        ['slots', 13, 'card-bad-signature'],
        ['session-key', 20, 'card-bad-signature'],
        ['root', 50, 'card-bad-signature'],
        ['claims-hash', 60, 'card-bad-signature'],
        ['status', 93, 'card-bad-signature'],
        ['scope-hash', 97, 'card-bad-signature'],
        ['signature', 161, 'card-bad-signature'],
      ] as const
    ).map(([field, at, refused]) => ({
      name: `bit-of-${field}`,
      description: `One bit of ${field} is changed`,
      rules: ['CARD-2'],
      input: { card: flip(card.bytes, at) },
      refused,
    })),
    {
      name: 'signature-of-zeros',
      description: 'The signature is all zeros',
      rules: ['CARD-2'],
      input: { card: cardHex.slice(0, 196) + '00'.repeat(64) },
      refused: 'card-bad-signature',
    },
    {
      name: 'signature-not-reduced',
      description: 'S of the signature plus the group order: the same point, another spelling',
      rules: ['CARD-10'],
      input: { card: cardHex.slice(0, 196) + addOrder(cardHex.slice(196)) },
      refused: 'card-bad-signature',
    },
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
      input: { atMs: END + 1 },
      refused: 'card-expired',
    },
    {
      name: 'within-key-life',
      description: "Inside the issuer key's lifetime",
      rules: ['CARD-8'],
      input: { trust: withLife(T0, END) },
    },
    {
      name: 'before-key-life',
      description: "Before the issuer key's lifetime",
      rules: ['CARD-8'],
      input: { trust: withLife(T0 + 1000, END) },
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
  ],
};

/** S is the little-endian second half of a signature; the group order is added to it. */
function addOrder(signature: string): string {
  const order = 2n ** 252n + 27742317777372353535851937790883648493n;
  const reverse = (text: string): string => text.match(/../g)!.reverse().join('');
  const s = BigInt(`0x${reverse(signature.slice(64))}`) + order;
  return signature.slice(0, 64) + reverse(s.toString(16).padStart(64, '0'));
}

const locate: Plan = {
  path: 'card/locate',
  page: '01-card',
  layer: 'card',
  operation: 'card.locate',
  common: { card: cardHex },
  cases: [
    {
      name: 'its-locator',
      description: 'The first six bytes of its hash',
      rules: ['CARD-4'],
      input: { locator: hex(card.locator) },
    },
    {
      name: 'other-locator',
      description: 'One bit of the locator differs: another card',
      rules: ['CARD-4'],
      input: { locator: flip(card.locator, 5) },
      refused: 'locator-mismatch',
    },
    {
      name: 'prefix-only',
      description: 'Five bytes agree and one is missing',
      rules: ['CARD-4'],
      input: { locator: hex(card.locator.slice(0, 5)) },
      refused: 'locator-mismatch',
    },
  ],
};

const make: Plan = {
  path: 'card/make',
  page: '01-card',
  layer: 'card',
  operation: 'card.make',
  common: {
    issuerSecret: hex(secret(1)),
    sessionSecret: hex(secret(2)),
    chainSeed: hex(secret(3)),
    claims: session.claims,
    t0Ms: T0,
    slots: SLOTS,
    delaySeconds: 2,
    epochSlots: 8,
    family: 0,
    status: 0,
  },
  cases: [
    {
      name: 'the-session-of-the-vectors',
      description: 'The card that the other vectors use',
      rules: ['CARD-9'],
      says: { card: cardHex },
    },
    {
      name: 'status-and-short-epochs',
      description: 'Status index 70000, epochs of 4 slots, chip family 3, δ of 5 s',
      rules: ['CARD-9'],
      input: { status: 70000, epochSlots: 4, family: 3, delaySeconds: 5 },
    },
    {
      name: 'delay-too-short',
      description: 'δ of 1 s is no card',
      rules: ['CARD-9'],
      input: { delaySeconds: 1 },
      refused: 'card-bad-field',
    },
    {
      name: 'claims-malformed',
      description: 'A scope with a space in it',
      rules: ['CARD-11'],
      input: { claims: { ...CLAIMS, scope: ['a b'] } },
      refused: 'claims-malformed',
    },
  ],
};

export const cardPlans: readonly Plan[] = [verify, locate, make];
