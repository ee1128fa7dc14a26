/** Vectors of what a session record may hold beside its records: the token, persona events, and how the session ended. */
import {
  createPersonaEvent,
  createRenewal,
  createSessionRecord,
  hex,
  type PersonaEvent,
  type SessionRecord,
  serializeSessionRecord,
  sha256,
} from '@undertone/token';
import type { Json } from '../contract.ts';
import type { Plan } from '../generate/builder.ts';
import { CLAIMS, makeSession, otherSession, trust } from '../generate/fixture.ts';
import { JWT, sessionContent } from './session.ts';

const own = makeSession({ ...CLAIMS, jwtHash: hex(sha256(JWT)) });
const sign = (message: Uint8Array): Uint8Array => own.signWithSessionKey(message);
const sealed = (change: Partial<SessionRecord>): Json =>
  serializeSessionRecord(createSessionRecord({ ...sessionContent(own), ...change }, sign)) as unknown as Json;

const endingAfter = (lastSlot: number, of = own): SessionRecord['renewal'] =>
  createRenewal({ lastSlot, next: null, reason: 'end' }, of.card, (m) => of.signWithSessionKey(m));

const persona = { voicePersona: new Uint8Array(32), rolePersona: new Uint8Array(32) };
const event = (slot: number, previous: PersonaEvent | null): PersonaEvent =>
  createPersonaEvent({ slot, kind: 'reinjected', ...persona }, own.cardHash, previous, sign);
const first = event(2, null);
const events = [first, event(4, first)];

const whole = sealed({ jwt: JWT });
const records = whole.records as readonly string[];
const { keys, ...withoutKeys } = whole;
const { checkpoints, ...withoutCheckpoints } = whole;

export const sessionMemberPlans: readonly Plan[] = [
  {
    path: 'session/members',
    page: '01-card',
    layer: 'record',
    operation: 'session.verify',
    common: { trust },
    cases: [
      {
        name: 'without-its-token',
        description: 'The claims name a token that the record leaves out',
        rules: ['CARD-13'],
        input: { session: sealed({}) },
        says: { signed: true },
      },
      {
        name: 'ended',
        description: 'The notice that the session ended with slot 4, its last',
        rules: ['CARD-13', 'REN-1'],
        input: { session: sealed({ renewal: endingAfter(4) }) },
        says: { slots: [1, 2, 3, 4], renewal: { lastSlot: 4, reason: 'end' } },
      },
      {
        name: 'ended-before-it-began',
        description: 'The notice that the session ended before any slot: nothing of it counts',
        rules: ['REN-1', 'REN-3'],
        polarity: 'negative',
        input: { session: sealed({ renewal: endingAfter(0) }) },
        says: { slots: [], renewal: { lastSlot: 0, reason: 'end' } },
      },
      {
        name: 'records-after-the-end',
        description: 'The notice that the session ended with slot 2: slots 3 and 4 do not count',
        rules: ['REN-3'],
        polarity: 'negative',
        input: { session: sealed({ renewal: endingAfter(2) }) },
        says: {
          slots: [1, 2],
          rejected: [
            { slot: 3, code: 'record-after-end' },
            { slot: 4, code: 'record-after-end' },
          ],
        },
      },
      {
        name: 'ended-by-another',
        description: 'The notice of another session',
        rules: ['CARD-13', 'REN-1'],
        input: { session: sealed({ renewal: endingAfter(4, otherSession) }) },
        refused: 'session-bad-renewal',
      },
      {
        name: 'ends-after-the-card',
        description: 'A notice with a last slot that the card does not have',
        rules: ['CARD-13', 'REN-1'],
        input: { session: sealed({ renewal: endingAfter(own.slots + 1) }) },
        refused: 'session-bad-renewal',
      },
      {
        name: 'events',
        description: 'The agent was given its persona again, twice',
        rules: ['PERS-1'],
        input: { session: sealed({ events }) },
        says: { events: 2, eventFailure: null },
      },
      {
        name: 'event-left-out',
        description: 'The first event is missing: none counts, and the answer says why',
        rules: ['PERS-1'],
        polarity: 'negative',
        input: { session: sealed({ events: events.slice(1) }) },
        says: { events: 0, eventFailure: 'event-chain-broken' },
      },
      {
        name: 'keys-missing',
        description: 'No member keys, not even null',
        rules: ['CARD-7'],
        input: { session: withoutKeys },
        refused: 'session-malformed',
      },
      {
        name: 'checkpoints-missing',
        description: 'No member checkpoints',
        rules: ['CARD-7'],
        input: { session: withoutCheckpoints },
        refused: 'session-malformed',
      },
      {
        name: 'unknown-member-of-keys',
        description: 'A member of keys that the page does not name',
        rules: ['CARD-7'],
        input: { session: { ...whole, keys: { ...(keys as object), seed: 'AA' } } },
        refused: 'session-malformed',
      },
      {
        name: 'record-cut-short',
        description: 'One record of four is three bytes short',
        rules: ['CARD-7'],
        input: { session: { ...whole, records: [records[0].slice(4), ...records.slice(1)] } },
        refused: 'session-malformed',
      },
      {
        name: 'card-cut-short',
        description: 'The card is three bytes short',
        rules: ['CARD-7'],
        input: { session: { ...whole, card: (whole.card as string).slice(4) } },
        refused: 'session-malformed',
      },
      {
        name: 'claims-without-agent',
        description: 'The claims name no agent',
        rules: ['CARD-7'],
        input: { session: { ...whole, claims: { ...(whole.claims as object), agent: undefined } } },
        refused: 'session-malformed',
      },
      {
        name: 'token-with-a-space',
        description: 'A token with a character that no compact JWT has',
        rules: ['CARD-7'],
        input: { session: { ...whole, jwt: `${JWT} ` } },
        refused: 'session-malformed',
      },
    ],
  },
];
