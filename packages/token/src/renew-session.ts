/** The operator's side of a renewal: the next session, and the notice with which the old one hands over. */
import { hex } from './bytes.ts';
import type { Draft } from './card.ts';
import { SLOT_MS } from './clock.ts';
import { ed25519Sign } from './crypto.ts';
import { TokenError } from './errors.ts';
import { createRenewal, type Renewal, type RenewalReason } from './renewal.ts';
import { type DraftSessionOptions, draftSession, type Session, type SessionOptions } from './session.ts';

type Handover = {
  /** Last slot marked under the old card; the next session begins where it ends. */
  readonly lastSlot: number;
  readonly reason: Exclude<RenewalReason, 'end'>;
};

export type RenewOptions = Omit<SessionOptions, 'agent' | 't0Ms' | 'family'> & Handover;

/** The same for an issuer key that is kept elsewhere. */
export type DraftRenewOptions = Omit<DraftSessionOptions, 'agent' | 't0Ms' | 'family'> & Handover;

/** The session that goes on, and the notice of the old one that says so. */
export type RenewedSession = { readonly session: Session; readonly renewal: Renewal };

/**
 * Makes the session that continues `old`, with its agent and claims where `claims` does not replace them. Publish the notice as soon as
 * it exists: a verifier then has the next card before its first slot. Throws as `createSession`, and `bad-argument` when the reason is
 * a persona that did not change.
 */
export function renewSession(old: Session, options: RenewOptions): RenewedSession {
  const { message, finish } = draftRenewedSession(old, options);
  return finish(ed25519Sign(message, options.issuer.secretKey));
}

/** Makes what {@link renewSession} makes up to the next card's signature, for an issuer key that is kept elsewhere. Throws as it does. */
export function draftRenewedSession(old: Session, options: DraftRenewOptions): Draft<RenewedSession> {
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
  const next = draftSession({ ...rest, family: old.card.family, agent: old.claims.agent, t0Ms, claims });
  return {
    message: next.message,
    finish(signature) {
      const session = next.finish(signature);
      const renewal = createRenewal({ lastSlot, next: session.card, reason }, old.card, (m) => old.signWithSessionKey(m));
      return { session, renewal };
    },
  };
}
