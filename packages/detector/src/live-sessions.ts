/** The sessions that are followed during a call: found by locators, signalling and renewals, each with its verified card. */
import type { ResolvedSession, VerificationChannel } from '@undertone/channel';
import {
  checkAudience,
  hex,
  parseCard,
  parseClaims,
  type Renewal,
  TokenError,
  type TrustStore,
  verifyCard,
} from '@undertone/token';
import type { DetectorEvent } from './events.ts';
import { LiveEvidence } from './evidence.ts';
import type { Observation } from './heard.ts';
import { LiveSession } from './live-session.ts';
import type { Finding } from './report.ts';
import type { SentVoice } from './sent-voice.ts';
import type { StatusOf } from './status.ts';

const LOCATOR_BYTES = 6;
/** Sessions that one locator may mean. */
const MAX_PER_LOCATOR = 8;
/** Locators asked for at the verification channel in one call: a flood of claims must not become a flood of questions. */
const MAX_RESOLVED = 16;

/** What the sessions need of the detector. */
export interface SessionsContext {
  readonly channel: VerificationChannel;
  readonly trust: TrustStore;
  readonly audience: string | undefined;
  readonly status: StatusOf | undefined;
  /** Local time in ms, monotonic. */
  readonly clock: () => number;
  /** Seconds of sound so far. */
  readonly seconds: () => number;
  readonly emit: (event: DetectorEvent) => void;
  readonly find: (finding: Finding, sessionId: string | null) => void;
  /** What was heard lately, for a session that becomes known during a call. */
  readonly recent: () => Iterable<Observation>;
  readonly sent: () => SentVoice | null;
}

export class LiveSessions {
  readonly #context: SessionsContext;
  readonly #sessions = new Map<string, LiveSession>();
  readonly #resolved = new Set<string>();

  constructor(context: SessionsContext) {
    this.#context = context;
  }

  get all(): Iterable<LiveSession> {
    return this.#sessions.values();
  }

  get(sessionId: string): LiveSession | undefined {
    return this.#sessions.get(sessionId);
  }

  /** A locator was read: asks the channel whose it is, once. */
  claimed(locator: Uint8Array): void {
    const sessionId = hex(locator);
    const { channel, seconds, find } = this.#context;
    this.#sessions.get(sessionId)?.claimed(seconds());
    if (this.#resolved.has(sessionId) || this.#resolved.size >= MAX_RESOLVED) return;
    this.#resolved.add(sessionId);
    channel
      .resolve(locator)
      .then((sessions) => {
        for (const session of sessions.slice(0, MAX_PER_LOCATOR)) this.follow(session);
        this.#sessions.get(sessionId)?.claimed(seconds());
      })
      .catch((error: unknown) => find({ code: 'resolve-failed', detail: String(error) }, sessionId));
  }

  /** Begins to follow a session if its card holds. @param announced by a session that is followed: it may begin later */
  follow(session: ResolvedSession, announced = false): void {
    const { channel, trust, audience, status, clock, seconds, emit, find, sent } = this.#context;
    try {
      const card = parseCard(session.card);
      const claims = session.claims === null ? null : parseClaims(session.claims);
      const sessionId = hex(card.locator);
      if (this.#sessions.has(sessionId)) return;
      const atMs = announced ? Math.max(clock(), card.t0Ms) : clock();
      const verdict = verifyCard(card, trust, { atMs, ...(claims ? { claims } : {}) });
      if (!verdict.ok) {
        find({ code: verdict.code }, sessionId);
        return;
      }
      const { issuer } = verdict;
      const bound = audience !== undefined && claims && checkAudience(claims, audience) === null ? 'call' : 'none';
      const live = new LiveSession(new LiveEvidence(card, issuer, claims, bound), {
        channel,
        clock,
        emit,
        sent,
        status: status?.(issuer) ?? null,
        onRenewal: (old, renewal) => this.#renew(old, renewal),
      });
      this.#sessions.set(sessionId, live);
      for (const heard of this.#context.recent()) live.hear(heard, seconds());
      emit({ type: 'resolved', seconds: seconds(), sessionId, issuer: issuer.name, agent: claims?.agent ?? null });
    } catch (error) {
      if (!(error instanceof TokenError)) throw error;
      find({ code: error.code }, null);
    }
  }

  /** Follows the session that was announced to continue another, from before its first slot. */
  #renew(old: LiveSession, renewal: Renewal): void {
    const { channel, find } = this.#context;
    const locator = renewal.nextCardHash.slice(0, LOCATOR_BYTES);
    channel
      .resolve(locator)
      .then((sessions) => {
        for (const session of sessions.slice(0, MAX_PER_LOCATOR)) this.follow(session, true);
        const next = this.#sessions.get(hex(locator));
        const code = next ? old.succeed(next, renewal) : 'next-card-unknown';
        if (code) find({ code }, old.sessionId);
      })
      .catch((error: unknown) => find({ code: 'resolve-failed', detail: String(error) }, old.sessionId));
  }
}
