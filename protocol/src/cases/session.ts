/** Vectors of session records. */
import {
  base64url,
  createRecord,
  createSessionRecord,
  hex,
  privateJwk,
  publicJwk,
  type SessionRecord,
  type SlotRecord,
  serializeSessionRecord,
  sha256,
} from '@undertone/token';
import type { Json } from '../contract.ts';
import type { Plan } from '../generate/builder.ts';
import { CLAIMS, issuer, makeSession, sequence, session, T0, trust } from '../generate/fixture.ts';

export const JWT = 'eyJhbGciOiJFZERTQSJ9.eyJpc3MiOiJ4In0.c2lnbmF0dXJl';
const withJwt = makeSession({ ...CLAIMS, jwtHash: hex(sha256(JWT)), audience: 'sip:desk@example.com' });

function records(of: typeof session, slots: number): SlotRecord[] {
  const made: SlotRecord[] = [];
  for (let slot = 1; slot <= slots; slot++) {
    const next = sequence(slot);
    const random = (n: number): Uint8Array => Uint8Array.from({ length: n }, () => Math.floor(next() * 256));
    const fields = {
      cardHash: of.cardHash,
      slot,
      previousHash: made.at(-1)?.hash ?? new Uint8Array(32),
      sentMap: 0xffff00ff,
      sealedBits: random(8),
      digest: random(64),
      state: slot === slots ? ('end' as const) : ('full' as const),
    };
    made.push(createRecord(fields, (m) => of.signWithSessionKey(m)));
  }
  return made;
}

/** A session record of a few slots before it is signed. */
export const sessionContent = (of: typeof session, slots = 4): Omit<SessionRecord, 'signature'> => ({
  card: of.card,
  claims: of.claims,
  jwt: null,
  records: records(of, slots),
  key: { slot: slots, key: of.keyForSlot(slots) },
  checkpoints: [],
});
const sealed = (of: typeof session, change: Partial<SessionRecord> = {}): Json =>
  serializeSessionRecord(
    createSessionRecord({ ...sessionContent(of), ...change }, (m) => of.signWithSessionKey(m)),
  ) as unknown as Json;

const whole = sealed(session);
const { signature: _, ...unsigned } = whole;
const four = whole.records as readonly string[];
const withoutLast = { ...whole, records: four.slice(0, 3) };

const endingAt = (ms: number): object => ({ ...publicJwk(issuer), exp: ms / 1000 });

export const sessionPlans: readonly Plan[] = [
  {
    path: 'session/verify',
    page: '01-card',
    layer: 'record',
    operation: 'session.verify',
    common: { trust },
    cases: [
      {
        name: 'whole',
        description: 'Four slots, signed as a whole',
        rules: ['CARD-7', 'CARD-13', 'VER-4'],
        input: { session: whole },
        says: { slots: [1, 2, 3, 4], newestKey: 4, signed: true, bound: 'none' },
      },
      {
        name: 'unsigned',
        description: 'The same without the signature over the whole: its end may be missing, and the answer says so',
        rules: ['CARD-13'],
        input: { session: unsigned },
        says: { signed: false },
      },
      {
        name: 'with-jwt-and-audience',
        description: 'The JWT whose hash the claims hold, and the audience from signalling',
        rules: ['CARD-13', 'CARD-6'],
        input: { session: sealed(withJwt, { jwt: JWT }), audience: 'sip:desk@example.com' },
        says: { bound: 'call' },
      },
      {
        name: 'key-expires-after-the-last-record',
        description: "The issuer's key ends with the last record, long before the card",
        rules: ['CARD-8'],
        input: { session: whole, trust: endingAt(T0 + 4 * 2560) },
      },
      {
        name: 'key-expires-before-the-last-record',
        description: "The issuer's key holds at t0 and ends a second before the last record does",
        rules: ['CARD-8'],
        input: { session: whole, trust: endingAt(T0 + 4 * 2560 - 1000) },
        refused: 'issuer-key-expired',
      },
      {
        name: 'no-keys-yet',
        description: 'Nothing is disclosed: no key, nothing can be matched',
        rules: ['CARD-13'],
        polarity: 'negative',
        input: { session: sealed(session, { key: null }) },
        says: { newestKey: 0 },
      },
      {
        name: 'private-key',
        description: 'A private key is among the members',
        rules: ['CARD-7'],
        input: { session: { ...whole, issuer: privateJwk(issuer) } },
        refused: 'session-malformed',
      },
      {
        name: 'unknown-member',
        description: 'A member that the page does not name',
        rules: ['CARD-7'],
        input: { session: { ...whole, note: 'x' } },
        refused: 'session-malformed',
      },
      {
        name: 'other-version',
        description: 'Version 2',
        rules: ['CARD-7'],
        input: { session: { ...whole, version: 2 } },
        refused: 'session-malformed',
      },
      {
        name: 'profile-0',
        description: 'Profile 0, which nothing ever had',
        rules: ['CARD-7'],
        input: { session: { ...whole, profile: 0 } },
        refused: 'session-malformed',
      },
      {
        name: 'padded-base64',
        description: 'A card in padded base64',
        rules: ['CARD-7'],
        input: { session: { ...whole, card: `${whole.card}=` } },
        refused: 'session-malformed',
      },
      {
        name: 'end-cut-off',
        description: 'The last record was taken out: the signature over the whole does not hold',
        rules: ['CARD-13'],
        input: { session: withoutLast },
        refused: 'session-bad-signature',
      },
      {
        name: 'wrong-key',
        description: 'A key that does not hash down to K_0',
        rules: ['CARD-13', 'VER-4'],
        input: { session: { ...unsigned, keys: { slot: 4, key: base64url(session.keyForSlot(5)) } } },
        refused: 'session-bad-key',
      },
      {
        name: 'other-jwt',
        description: 'Another JWT than the one whose hash the claims hold',
        rules: ['CARD-13'],
        input: { session: sealed(withJwt, { jwt: JWT.replace('c2ln', 'AAAA') }) },
        refused: 'jwt-mismatch',
      },
      {
        name: 'other-claims',
        description: 'Claims that name another agent',
        rules: ['CARD-13', 'CARD-5'],
        input: { session: { ...unsigned, claims: { ...CLAIMS, agent: 'manager' } } },
        refused: 'claims-mismatch',
      },
      {
        name: 'other-audience',
        description: 'The call was for somebody else',
        rules: ['CARD-6'],
        input: { session: sealed(withJwt, { jwt: JWT }), audience: 'sip:other@example.com' },
        refused: 'audience-mismatch',
      },
      {
        name: 'records-of-another-session',
        description: 'The card of one session, the records of another: none is kept',
        rules: ['VER-4', 'REC-1'],
        polarity: 'negative',
        input: { session: sealed(session, { records: records(makeSession(undefined, { session: 4 }), 2) }) },
        keep: ['slots', 'rejected'],
        says: { slots: [] },
      },
      {
        name: 'key-outlives-issuer',
        description: "The session runs past the lifetime of the issuer's key",
        rules: ['CARD-8'],
        input: { session: whole, trust: { ...(trust as { keys: object[] }).keys[0], nbf: T0 / 1000, exp: T0 / 1000 + 5 } },
        refused: 'issuer-key-expired',
      },
    ],
  },
];
