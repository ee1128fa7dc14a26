/** Vectors of the life of a session: the token it derives from, personas, renewal, challenges. */
import {
  challengeAnswer,
  createPersonaEvent,
  createRenewal,
  encodeHeard,
  hex,
  type PersonaEvent,
  personaHash,
  publicJwk,
  type Session,
  sha256,
} from '@undertone/token';
import { sequenceHash } from '@undertone/token/import';
import type { Json } from '../contract.ts';
import type { Plan } from './builder.ts';
import { CLAIMS, flip, makeSession, otherIssuer, secret, session, T0, trust } from './fixture.ts';
import { signJws } from './issuer.ts';

const SECONDS = T0 / 1000;
const CHAIN = ['orchestrator', 'planner', 'concierge'];
const STEPS = ['look-up', 'offer'];
const holder = publicJwk({ name: '', publicKey: session.card.sessionKey });
const payload = {
  iss: 'https://as.example',
  sub: 'concierge',
  aud: 'sip:desk@example.com',
  iat: SECONDS - 10,
  exp: SECONDS + 290,
  jti: 'a1',
  scope: 'booking:read booking:write',
  cnf: { jwk: { kty: holder.kty, crv: holder.crv, x: holder.x } },
  intent: {
    workflow_id: 'book',
    workflow_step: 'offer',
    executed_by: 'concierge',
    delegation_chain: sequenceHash(CHAIN),
    step_sequence_hash: sequenceHash(STEPS),
  },
  agent_proof: { agent_checksum: 'sha256:00ff', registration_id: 'r1' },
};
const jwt = (change: object = {}, header: object = {}, by = otherIssuer): string =>
  signJws({ alg: 'EdDSA', typ: 'JWT', ...header }, { ...payload, ...change }, by);
const whole = jwt();
const derived = {
  issuer: 'https://as.example',
  agent: 'concierge',
  agentChecksum: 'sha256:00ff',
  scope: ['booking:read'],
  constraints: { intent: payload.intent },
  jwtHash: hex(sha256(whole)),
};
const passport = signJws(
  { alg: 'EdDSA', typ: 'passport', ppt: 'rcd' },
  { orig: { tn: '12155551212' }, dest: { tn: ['12155551213'] }, iat: SECONDS - 5, rcd: { nam: 'Bank' } },
  otherIssuer,
);

const imported: Plan = {
  path: 'card/jwt',
  page: '01-card',
  layer: 'claims',
  operation: 'jwt.import',
  common: { jwt: whole, keys: [publicJwk(otherIssuer)], atMs: T0 },
  cases: [
    { name: 'agentic', description: 'An agentic JWT', rules: ['JWT-1', 'JWT-2'], says: { kind: 'agentic' } },
    {
      name: 'delegation',
      description: 'With its delegation chain and its steps',
      rules: ['JWT-3'],
      input: { chain: CHAIN, steps: STEPS },
    },
    { name: 'holder', description: 'The session key is the one that cnf confirms', rules: ['JWT-3'], input: { holder } },
    { name: 'passport', description: 'A PASSporT', rules: ['JWT-2'], input: { jwt: passport }, says: { kind: 'passport' } },
    {
      name: 'narrowed-claims',
      description: 'Claims of a card that narrow the scope',
      rules: ['JWT-4'],
      input: { claims: derived },
    },
    {
      name: 'wider-claims',
      description: 'Claims of a card with a scope that the token lacks',
      rules: ['JWT-4'],
      input: { claims: { ...derived, scope: ['refund:write'] } },
      refused: 'claims-exceed-jwt',
    },
    {
      name: 'other-checksum',
      description: 'Claims of a card with another agent checksum',
      rules: ['JWT-4'],
      input: { claims: { ...derived, agentChecksum: 'sha256:01' } },
      refused: 'claims-exceed-jwt',
    },
    {
      name: 'constraints-dropped',
      description: 'Claims of a card without the intent',
      rules: ['JWT-4'],
      input: { claims: { ...derived, constraints: {} } },
      refused: 'claims-exceed-jwt',
    },
    {
      name: 'unsigned',
      description: 'alg none',
      rules: ['JWT-1'],
      input: { jwt: `${jwt({}, { alg: 'none' }).split('.').slice(0, 2).join('.')}.` },
      refused: 'jwt-alg',
    },
    {
      name: 'critical-header',
      description: 'A critical header member',
      rules: ['JWT-1'],
      input: { jwt: jwt({}, { crit: ['b64'] }) },
      refused: 'jwt-alg',
    },
    {
      name: 'other-signer',
      description: 'Somebody else signed',
      rules: ['JWT-1'],
      input: { jwt: jwt({}, {}, { ...otherIssuer, secretKey: secret(8) }) },
      refused: 'jwt-bad-signature',
    },
    { name: 'expired', description: 'At its very end', rules: ['JWT-1'], input: { atMs: T0 + 290_000 }, refused: 'jwt-expired' },
    {
      name: 'not-yet-valid',
      description: 'Before it was issued',
      rules: ['JWT-1'],
      input: { atMs: T0 - 11_000 },
      refused: 'jwt-not-yet-valid',
    },
    {
      name: 'no-holder',
      description: 'An agentic JWT without cnf',
      rules: ['JWT-2'],
      input: { jwt: jwt({ cnf: undefined }) },
      refused: 'jwt-missing-claim',
    },
    {
      name: 'other-chain',
      description: 'A delegation chain that the token did not hash',
      rules: ['JWT-3'],
      input: { chain: ['planner', 'concierge'] },
      refused: 'jwt-delegation',
    },
    {
      name: 'other-holder',
      description: 'Another key than the one that cnf confirms',
      rules: ['JWT-3'],
      input: { holder: publicJwk(otherIssuer) },
      refused: 'jwt-holder',
    },
    {
      name: 'other-audience',
      description: 'An audience that the token does not name',
      rules: ['JWT-1'],
      input: { audience: 'sip:other@example.com' },
      refused: 'jwt-audience',
    },
    {
      name: 'two-parts',
      description: 'Two parts instead of three',
      rules: ['JWT-1'],
      input: { jwt: whole.split('.').slice(0, 2).join('.') },
      refused: 'jwt-malformed',
    },
    {
      name: 'old-passport',
      description: 'A PASSporT of more than a minute ago',
      rules: ['JWT-2'],
      input: { jwt: passport, atMs: T0 + 60_000 },
      refused: 'jwt-expired',
    },
  ],
};

const VOICE = personaHash('voice', secret(7));
const ROLE = personaHash('role', secret(7));
const personaClaims = { ...CLAIMS, voicePersona: hex(VOICE), rolePersona: hex(ROLE) };
const own = makeSession(personaClaims);
const event = (
  slot: number,
  kind: PersonaEvent['kind'],
  previous: PersonaEvent | null,
  role = ROLE,
  by: Session = own,
): PersonaEvent =>
  createPersonaEvent({ slot, kind, voicePersona: VOICE, rolePersona: role }, by.cardHash, previous, (m) =>
    by.signWithSessionKey(m),
  );
const first = event(12, 'drifted', null);
const second = event(13, 'reinjected', first);
const third = event(40, 'changed', second, personaHash('role', secret(8)));
const events = (...list: PersonaEvent[]): Json => ({ events: list.map((e) => hex(e.bytes)) });

const persona: Plan = {
  path: 'lifecycle/rotate/persona',
  page: '08-resolve-and-revoke',
  layer: 'record',
  operation: 'persona.follow',
  common: { card: hex(own.card.bytes), claims: personaClaims },
  cases: [
    {
      name: 'drift-and-remedy',
      description: 'The agent drifted and was given its persona again',
      rules: ['PERS-1', 'PERS-2'],
      input: events(first, second),
    },
    {
      name: 'changed',
      description: 'Then another role from slot 40 on',
      rules: ['PERS-1', 'PERS-2'],
      input: events(first, second, third),
    },
    {
      name: 'left-out',
      description: 'The drift is left out',
      rules: ['PERS-1'],
      input: events(second),
      refused: 'event-chain-broken',
    },
    {
      name: 'out-of-order',
      description: 'The remedy before the drift',
      rules: ['PERS-1'],
      input: events(second, first),
      refused: 'event-chain-broken',
    },
    {
      name: 'bit-changed',
      description: 'One bit of the slot',
      rules: ['PERS-1'],
      input: { events: [flip(first.bytes, 46)] },
      refused: 'event-bad-signature',
    },
    {
      name: 'other-session',
      description: 'An event of another session',
      rules: ['PERS-1'],
      input: events(event(12, 'drifted', null, ROLE, session)),
      refused: 'event-wrong-card',
    },
    {
      name: 'silent-change',
      description: 'Another role under the name of the old one',
      rules: ['PERS-2'],
      input: events(event(12, 'reinjected', null, personaHash('role', secret(8)))),
      refused: 'event-wrong-persona',
    },
    {
      name: 'empty-change',
      description: 'A change that changes nothing',
      rules: ['PERS-2'],
      input: events(event(12, 'changed', null)),
      refused: 'event-wrong-persona',
    },
    {
      name: 'too-short',
      description: 'One byte is missing',
      rules: ['PERS-1'],
      input: { events: [hex(first.bytes.slice(1))] },
      refused: 'event-malformed',
    },
  ],
};

const LAST = 100;
const nextClaims = { ...CLAIMS, previousCard: hex(session.cardHash) };
const after = (change: { t0Ms?: number; claims?: object } = {}): Session =>
  makeSession({ ...nextClaims, ...change.claims } as typeof CLAIMS, { session: 5, t0Ms: change.t0Ms ?? T0 + LAST * 2560 });
const next = after();
const notice = (to: Session | null = next, by: Session = session, reason: 'time' | 'end' = 'time', lastSlot = LAST): string =>
  hex(createRenewal({ lastSlot, next: to?.card ?? null, reason }, by.card, (m) => by.signWithSessionKey(m)).bytes);
const card = (of: Session): Json => ({ card: hex(of.card.bytes), claims: of.claims as unknown as Json });
const follows = (to: Session): Json => ({ next: card(to), renewal: notice(to) });

const renewal: Plan = {
  path: 'lifecycle/rotate/notice',
  page: '08-resolve-and-revoke',
  layer: 'card',
  operation: 'renewal.verify',
  common: { card: hex(session.card.bytes) },
  cases: [
    { name: 'time', description: 'The time of the card is up', rules: ['REN-1'], input: { renewal: notice() } },
    {
      name: 'end',
      description: 'The session ends and no card follows',
      rules: ['REN-1'],
      input: { renewal: notice(null, session, 'end') },
      says: { reason: 'end' },
    },
    {
      name: 'other-signer',
      description: 'Another session key signed',
      rules: ['REN-1'],
      input: { renewal: notice(next, makeSession(undefined, { session: 4 })) },
      refused: 'next-card-unannounced',
    },
    {
      name: 'bit-changed',
      description: 'One bit of the next hash',
      rules: ['REN-1'],
      input: { renewal: flip(notice(), 50) },
      refused: 'next-card-unannounced',
    },
    {
      name: 'beyond-the-card',
      description: 'A last slot that the card does not have',
      rules: ['REN-1'],
      input: { renewal: notice(next, session, 'time', 60000) },
      refused: 'next-card-unannounced',
    },
    {
      name: 'end-with-a-card',
      description: 'The reason is the end and a card follows',
      rules: ['REN-1'],
      input: { renewal: flip(notice(), 76, 3) },
      refused: 'renewal-malformed',
    },
  ],
};

const succession: Plan = {
  path: 'lifecycle/rotate/next-card',
  page: '08-resolve-and-revoke',
  layer: 'card',
  operation: 'renewal.follow',
  common: { trust, old: card(session), next: card(next), renewal: notice() },
  cases: [
    {
      name: 'follows',
      description: 'Announced by the old session key, naming the old card, at the end of its last slot',
      rules: ['REN-2', 'REN-3'],
    },
    {
      name: 'a-slot-later',
      description: 'It begins a slot later',
      rules: ['REN-3'],
      input: follows(after({ t0Ms: T0 + (LAST + 1) * 2560 })),
    },
    {
      name: 'gap',
      description: 'It begins more than a slot later',
      rules: ['REN-3'],
      input: follows(after({ t0Ms: T0 + (LAST + 1) * 2560 + 1 })),
      refused: 'next-card-gap',
    },
    {
      name: 'overlap',
      description: 'It begins before the last slot ends',
      rules: ['REN-3'],
      input: follows(after({ t0Ms: T0 + LAST * 2560 - 1 })),
      refused: 'next-card-gap',
    },
    {
      name: 'not-announced',
      description: 'The notice names another card',
      rules: ['REN-2'],
      input: { next: card(after({ claims: { agent: 'concierge', constraints: { x: 1 } } })) },
      refused: 'next-card-unannounced',
    },
    {
      name: 'not-linked',
      description: 'The next card does not name the old one',
      rules: ['REN-2'],
      input: follows(after({ claims: { previousCard: undefined } })),
      refused: 'next-card-unlinked',
    },
  ],
};

const nonce = '00112233445566778899aabbccddeeff';
const nonceBytes = Uint8Array.from(nonce.match(/../g)!, (h) => Number.parseInt(h, 16));
const key20 = session.keyForSlot(20);
const answered = hex(challengeAnswer(key20, session.cardHash, 20, nonceBytes));
const secretInputs = { key: hex(key20), cardHash: hex(session.cardHash), slot: 20 };

const challenge: readonly Plan[] = [
  {
    path: 'frame/challenge-answer',
    page: '03-frames',
    layer: 'frame',
    operation: 'challenge.answer',
    common: { ...secretInputs, nonce },
    cases: [
      { name: 'sixteen-bytes', description: 'A nonce of 16 bytes', rules: ['CHAL-1'], says: { body: answered } },
      {
        name: 'too-short',
        description: 'A nonce of 7 bytes could be guessed',
        rules: ['CHAL-1'],
        input: { nonce: nonce.slice(0, 14) },
        refused: 'bad-argument',
      },
    ],
  },
  {
    path: 'frame/challenge',
    page: '03-frames',
    layer: 'frame',
    operation: 'challenge.verify',
    common: { ...secretInputs, nonce, body: answered },
    cases: [
      { name: 'answered', description: 'The answer to this nonce', rules: ['CHAL-1'] },
      {
        name: 'other-nonce',
        description: 'The answer to another nonce',
        rules: ['CHAL-1'],
        input: { nonce: flip(nonce, 0) },
        refused: 'challenge-mismatch',
      },
      {
        name: 'other-slot',
        description: 'The answer of another slot',
        rules: ['CHAL-1'],
        input: { slot: 21 },
        refused: 'challenge-mismatch',
      },
    ],
  },
  {
    path: 'frame/heard-make',
    page: '03-frames',
    layer: 'frame',
    operation: 'heard.make',
    common: { ...secretInputs, heardSlot: 17, heardKey: hex(session.keyForSlot(17)), digest: 0xabcdef },
    cases: [{ name: 'slot-17', description: 'What was heard in slot 17, sent in slot 20', rules: ['DUPX-1'] }],
  },
  {
    path: 'frame/heard',
    page: '03-frames',
    layer: 'frame',
    operation: 'heard.verify',
    common: { ...secretInputs, heardSlot: 17, body: hex(encodeHeard(key20, session.cardHash, 20, 17, 0xabcdef)) },
    cases: [
      { name: 'as-sent', description: 'What was heard in slot 17', rules: ['DUPX-1'], says: { digest: 0xabcdef } },
      {
        name: 'other-slot-heard',
        description: 'The same for slot 49, which has the same counter',
        rules: ['DUPX-1'],
        input: { heardSlot: 49 },
        refused: 'tag-mismatch',
      },
      {
        name: 'digest-changed',
        description: 'One bit of the digest',
        rules: ['DUPX-1'],
        input: { body: flip(encodeHeard(key20, session.cardHash, 20, 17, 0xabcdef), 1) },
        refused: 'tag-mismatch',
      },
    ],
  },
];

export const lifePlans: readonly Plan[] = [imported, persona, renewal, succession, ...challenge];
