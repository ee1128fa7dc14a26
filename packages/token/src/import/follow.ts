/** The auditor's question: do a card's claims follow from the token beside it? */
import { hex } from '../bytes.ts';
import type { Claims } from '../claims.ts';
import { sha256 } from '../crypto.ts';
import { canonicalJson } from '../json.ts';
import type { JwtImport } from './jwt.ts';

/** What does not follow; `jwtHash` when it is another token. */
export type UnfollowedClaim = 'jwtHash' | 'scope' | 'constraints' | 'agentChecksum';

/**
 * `null` when the claims follow: the card may narrow the scope, add constraints and name its own agent and audience, and nothing else.
 * Judge the token with `importJwt` at the card's t0 first.
 */
export function claimsFollow(claims: Claims, imported: JwtImport): UnfollowedClaim | null {
  const from = imported.claims;
  if (claims.jwtHash !== hex(sha256(imported.token))) return 'jwtHash';
  if (from.scope !== undefined && claims.scope.some((item) => !from.scope?.includes(item))) return 'scope';
  if (from.agentChecksum !== undefined && claims.agentChecksum !== from.agentChecksum) return 'agentChecksum';
  const kept = (name: string): boolean =>
    claims.constraints[name] !== undefined && canonicalJson(claims.constraints[name]) === canonicalJson(from.constraints?.[name]);
  return Object.keys(from.constraints ?? {}).every(kept) ? null : 'constraints';
}
