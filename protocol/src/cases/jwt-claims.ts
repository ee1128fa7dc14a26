/** Vectors of a card's claims beside the token that they name. */
import { hex, publicJwk, sha256 } from '@undertone/token';
import type { Json } from '../contract.ts';
import type { Plan } from '../generate/builder.ts';
import { otherIssuer, T0 } from '../generate/fixture.ts';
import { payload, plain, whole } from './jwt.ts';

const derived = {
  issuer: 'https://as.example',
  agent: 'concierge',
  agentChecksum: 'sha256:00ff',
  scope: ['booking:read'],
  constraints: { intent: payload.intent },
  audience: payload.aud,
  jwtHash: hex(sha256(whole)),
};

/** Claims of a card that name a plain token with two audiences. */
const ofPlain = (change: object): object => {
  const token = plain();
  const { issuer, agent } = derived;
  const constraints = { authorization_details: [{ type: 'booking' }] };
  return { jwt: token, claims: { issuer, agent, scope: [], constraints, jwtHash: hex(sha256(token)), ...change } };
};

export const jwtClaimsPlans: readonly Plan[] = [
  {
    path: 'card/jwt-claims',
    page: '01-card',
    layer: 'claims',
    operation: 'jwt.import',
    common: { jwt: whole, keys: [publicJwk(otherIssuer)], atMs: T0 },
    cases: [
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
        name: 'added-constraint',
        description: 'Claims of a card with a constraint and a persona that the token does not name',
        rules: ['JWT-4'],
        input: { claims: { ...derived, constraints: { ...derived.constraints, hours: 'office' }, rolePersona: 'a'.repeat(64) } },
      },
      {
        name: 'one-of-two-audiences',
        description: 'Claims of a card for one of the two audiences of the token',
        rules: ['JWT-4'],
        input: ofPlain({ audience: 'sip:shop@example.com' }) as Json,
      },
      {
        name: 'neither-audience',
        description: 'Claims of a card for a third audience',
        rules: ['JWT-4'],
        input: ofPlain({ audience: 'sip:other@example.com' }) as Json,
        refused: 'claims-exceed-jwt',
      },
      {
        name: 'audience-dropped',
        description: 'Claims of a card for anyone, of a token for one',
        rules: ['JWT-4'],
        input: { claims: { ...derived, audience: undefined } },
        refused: 'claims-exceed-jwt',
      },
      {
        name: 'other-agent',
        description: 'Claims of a card that name another agent',
        rules: ['JWT-4'],
        input: { claims: { ...derived, agent: 'manager' } },
        refused: 'claims-exceed-jwt',
      },
      {
        name: 'other-issuer',
        description: 'Claims of a card that name another issuer',
        rules: ['JWT-4'],
        input: { claims: { ...derived, issuer: 'https://other.example' } },
        refused: 'claims-exceed-jwt',
      },
      {
        name: 'constraint-exchanged',
        description: 'Claims of a card with another step of the intent',
        rules: ['JWT-4'],
        input: { claims: { ...derived, constraints: { intent: { ...payload.intent, workflow_step: 'refund' } } } },
        refused: 'claims-exceed-jwt',
      },
      {
        name: 'other-token',
        description: 'Claims of a card that name another token',
        rules: ['JWT-4'],
        input: { claims: { ...derived, jwtHash: 'a'.repeat(64) } },
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
    ],
  },
];
