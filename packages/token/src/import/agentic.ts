/** Agentic JWT: the intent token of draft-goswami-agentic-jwt, revisions 00 and 01. */
import type { ImportedClaims } from '../claims.ts';
import { TokenError } from '../errors.ts';
import { isObject, type JsonObject } from '../json.ts';
import { objectClaim, scopeClaim, textClaim } from './claim.ts';
import { checkDelegation, type Delegation } from './delegation.ts';

/** Whether a payload means to be one. */
export function isAgentic(payload: JsonObject): boolean {
  return payload.intent !== undefined || payload.agent_proof !== undefined;
}

/** The draft's claims; `cnf` may hold `jwk` or `jkt`, as sources differ. */
export function agenticClaims(payload: JsonObject, delegation: Delegation): ImportedClaims['claims'] {
  const agent = textClaim(payload, 'sub');
  textClaim(payload, 'jti');
  const cnf = objectClaim(payload, 'cnf');
  if (!isObject(cnf.jwk) && typeof cnf.jkt !== 'string') throw new TokenError('jwt-missing-claim', 'cnf.jwk or cnf.jkt');
  const intent = objectClaim(payload, 'intent');
  checkDelegation(intent, agent, delegation);
  const { chain, steps } = delegation;
  return {
    issuer: textClaim(payload, 'iss'),
    agent,
    agentChecksum: textClaim(objectClaim(payload, 'agent_proof'), 'agent_checksum'),
    scope: scopeClaim(payload),
    constraints: {
      intent,
      ...(chain === undefined ? {} : { delegation: chain }),
      ...(steps === undefined ? {} : { steps }),
    },
  };
}
