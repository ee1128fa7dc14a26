/** Vectors of cards. */
import { hex } from '@undertone/token';
import type { Plan } from '../generate/builder.ts';
import { CLAIMS, cardHex, flip, SLOTS, secret, session, T0, trust } from '../generate/fixture.ts';
import { cardByteCases } from './card-bytes.ts';
import { cardTermCases } from './card-terms.ts';

const { card } = session;

const verify: Plan = {
  path: 'card/verify',
  page: '01-card',
  layer: 'card',
  operation: 'card.verify',
  common: { card: cardHex, trust, atMs: T0 },
  cases: [...cardByteCases, ...cardTermCases],
};

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
