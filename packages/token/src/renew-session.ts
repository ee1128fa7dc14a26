/** The operator's side of a renewal: the next session, and the notice with which the old one hands over. */
import { hex } from './bytes.ts';
import { SLOT_MS } from './clock.ts';
import { TokenError } from './errors.ts';
import { createRenewal, type Renewal, type RenewalReason } from './renewal.ts';
import { createSession, type Session, type SessionOptions } from './session.ts';

export type RenewOptions = Omit<SessionOptions, 'agent' | 't0Ms' | 'family'> & {
  /** Last slot marked under the old card; the next session begins where it ends. */
  readonly lastSlot: number;
  readonly reason: Exclude<RenewalReason, 'end'>;
};

/**
 * Makes the session that continues `old`, with its agent and claims where `claims` does not replace them. Publish the notice as soon as
 * it exists: a verifier then has the next card before its first slot. Throws as `createSession`, and `bad-argument` when the reason is
 * a persona that did not change.
 */
export function renewSession(old: Session, options: RenewOptions): { readonly session: Session; readonly renewal: Renewal } {
  const { lastSlot, reason, ...rest } = options;
  if (!Number.isInteger(lastSlot) || lastSlot < 1 || lastSlot > old.slots) throw new TokenError('bad-argument', 'last slot');
  // A new token speaks for itself: what the old one said does not carry over.
  const { scope, constraints, agentChecksum, jwtHash, ...identity } = old.claims;
  const kept = options.imported === undefined ? old.claims : identity;
  const claims = { ...kept, ...options.claims, previousCard: hex(old.cardHash) };
  const { voicePersona, rolePersona } = old.claims;
  if (reason === 'persona' && claims.voicePersona === voicePersona && claims.rolePersona === rolePersona)
    throw new TokenError('bad-argument', 'the persona is the same');
  const t0Ms = old.card.t0Ms + lastSlot * SLOT_MS;
  // The same chips: who follows the old session hears the new one go on.
  const session = createSession({ ...rest, family: old.card.family, agent: old.claims.agent, t0Ms, claims });
  const renewal = createRenewal({ lastSlot, next: session.card, reason }, old.card, (message) => old.signWithSessionKey(message));
  return { session, renewal };
}
