/** Vectors of tokens that claims derive from. */
import { publicJwk } from '@undertone/token';
import { sequenceHash } from '@undertone/token/import';
import type { Json } from '../contract.ts';
import type { Plan } from '../generate/builder.ts';
import { otherIssuer, secret, session, signJws, T0 } from '../generate/fixture.ts';

const SECONDS = T0 / 1000;

const CHAIN = ['orchestrator', 'planner', 'concierge'];

const STEPS = ['look-up', 'offer'];

const holder = publicJwk({ name: '', publicKey: session.card.sessionKey });

const intent: Json = {
  workflow_id: 'book',
  workflow_step: 'offer',
  executed_by: 'concierge',
  delegation_chain: sequenceHash(CHAIN),
  step_sequence_hash: sequenceHash(STEPS),
};

export const payload: Json & { readonly aud: string; readonly intent: Json } = {
  iss: 'https://as.example',
  sub: 'concierge',
  aud: 'sip:desk@example.com',
  iat: SECONDS - 10,
  exp: SECONDS + 290,
  jti: 'a1',
  scope: 'booking:read booking:write',
  cnf: { jwk: { kty: holder.kty, crv: holder.crv, x: holder.x } },
  intent,
  agent_proof: { agent_checksum: 'sha256:00ff', registration_id: 'r1' },
};

const jwt = (change: object = {}, header: object = {}, by = otherIssuer): string =>
  signJws({ alg: 'EdDSA', typ: 'JWT', ...header }, { ...payload, ...change }, by);

export const whole: string = jwt();

const passport = (dest: readonly string[] = ['12155551213']): string =>
  signJws(
    { alg: 'EdDSA', typ: 'passport', ppt: 'shaken' },
    { orig: { tn: '12155551212' }, dest: { tn: dest }, iat: SECONDS - 5, attest: 'A', origid: 'c1', rcd: { nam: 'Bank' } },
    otherIssuer,
  );

/** A plain JWT: neither intent nor agent_proof. */
export const plain = (change: object = {}): string =>
  jwt({
    intent: undefined,
    agent_proof: undefined,
    cnf: undefined,
    aud: ['sip:desk@example.com', 'sip:shop@example.com'],
    authorization_details: [{ type: 'booking' }],
    ...change,
  });

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
    { name: 'passport', description: 'A PASSporT', rules: ['JWT-2'], input: { jwt: passport() }, says: { kind: 'passport' } },
    {
      name: 'passport-of-two',
      description: 'A PASSporT for two, one of which is asked for: the claims name none',
      rules: ['JWT-1', 'JWT-2'],
      input: { jwt: passport(['12155551213', '12155551214']), audience: 'tel:+12155551214' },
      says: { kind: 'passport' },
    },
    {
      name: 'plain',
      description: 'A plain JWT with authorization details and two audiences, of which the claims name none',
      rules: ['JWT-1', 'JWT-2'],
      input: { jwt: plain() },
      says: {
        kind: 'jwt',
        claims: {
          issuer: 'https://as.example',
          agent: 'concierge',
          scope: ['booking:read', 'booking:write'],
          constraints: { authorization_details: [{ type: 'booking' }] },
        },
      },
    },
    {
      name: 'plain-without-scope',
      description: 'A plain JWT without a scope: the claims derived have none',
      rules: ['JWT-2'],
      input: { jwt: plain({ scope: undefined, authorization_details: undefined, aud: undefined }) },
      says: { kind: 'jwt', claims: { issuer: 'https://as.example', agent: 'concierge', constraints: {} } },
    },
    {
      name: 'plain-without-subject',
      description: 'A plain JWT without sub',
      rules: ['JWT-2'],
      input: { jwt: plain({ sub: undefined }) },
      refused: 'jwt-missing-claim',
    },
    {
      name: 'symmetric',
      description: 'alg HS256',
      rules: ['JWT-1'],
      input: { jwt: jwt({}, { alg: 'HS256' }) },
      refused: 'jwt-alg',
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
      input: { jwt: passport(), atMs: T0 + 60_000 },
      refused: 'jwt-expired',
    },
  ],
};

export const jwtPlans: readonly Plan[] = [imported];
