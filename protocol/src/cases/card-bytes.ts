/** Cases of reading and verifying a card's bytes: length, profile, flags, fields and signature. */
import { hex, publicJwk, signCard } from '@undertone/token';
import type { Case } from '../generate/builder.ts';
import { CARD_END, CLAIMS, cardHex, flip, issuer, makeSession, otherIssuer, session } from '../generate/fixture.ts';

const { card } = session;

/** Fields that the encoder itself refuses have to be written into signed bytes by hand. */
const raw = (at: number, value: number): string => {
  const bytes = card.bytes.slice();
  bytes[at] = value;
  return hex(bytes);
};

/** S is the little-endian second half of a signature; the group order is added to it. */
function addOrder(signature: string): string {
  const order = 2n ** 252n + 27742317777372353535851937790883648493n;
  const reverse = (text: string): string => text.match(/../g)!.reverse().join('');
  const s = BigInt(`0x${reverse(signature.slice(64))}`) + order;
  return signature.slice(0, 64) + reverse(s.toString(16).padStart(64, '0'));
}

export const cardByteCases: readonly Case[] = [
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
  { name: 'last-millisecond', description: 'At the last millisecond of its span', rules: ['CARD-3'], input: { atMs: CARD_END } },
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
    name: 'profile-0',
    description: 'Profile 0, which no card ever had, otherwise as signed',
    rules: ['CARD-1'],
    input: { card: raw(0, 0) },
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
];
