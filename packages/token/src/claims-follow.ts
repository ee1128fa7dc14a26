/** Whether a card's claims follow from the token that they name (protocol/spec/01-card.md, JWT-4). */
import { hex } from './bytes.ts';
import type { Claims, ImportedClaims } from './claims.ts';
import { sha256 } from './crypto.ts';
import { canonicalJson } from './json.ts';

/** What does not follow; `jwtHash` when it is another token. */
export type UnfollowedClaim = 'jwtHash' | 'scope' | 'constraints' | 'audience' | 'issuer' | 'agent' | 'agentChecksum';

/**
 * `null` when the claims follow: what the token says stands in them as it says it; only its scope may be narrowed, and what it does not say
 * may be added. An auditor judges the token by `importJwt` of `@undertone/token/import` at the card's t0 first.
 */
export function claimsFollow(claims: Claims, { token, claims: from, audiences }: ImportedClaims): UnfollowedClaim | null {
  if (claims.jwtHash !== hex(sha256(token))) return 'jwtHash';
  const { scope, constraints = {}, ...exact } = from;
  if (scope !== undefined && claims.scope.some((item) => !scope.includes(item))) return 'scope';
  const kept = (name: string): boolean =>
    claims.constraints[name] !== undefined && canonicalJson(claims.constraints[name]) === canonicalJson(constraints[name]);
  if (!Object.keys(constraints).every(kept)) return 'constraints';
  for (const name of ['issuer', 'agent', 'agentChecksum', 'audience'] as const)
    if (exact[name] !== undefined && claims[name] !== exact[name]) return name;
  const { audience } = claims;
  // A card names one audience; of several in the token it may choose.
  return audience === undefined || audiences.length === 0 || audiences.includes(audience) ? null : 'audience';
}
