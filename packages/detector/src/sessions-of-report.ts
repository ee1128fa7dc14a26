/** The sessions of a report whose cards are known: what an auditor looks up elsewhere. */
import { base64url, type Card, cardEndMs, hex, SLOT_MS } from '@undertone/token';
import type { LiveSession } from './live-session.ts';
import type { Matcher } from './matcher.ts';
import type { SessionReport, Span } from './report.ts';
import type { Claim } from './spans-of-claim.ts';

interface HeldCard {
  readonly card: Card;
  readonly issuer: string;
  /** Where what is signed of the session ends; null where nobody knows. */
  readonly lastSlot: number | null;
}

function* heldCards(matchers: readonly Matcher[], live: readonly LiveSession[], claims: readonly Claim[]): Generator<HeldCard> {
  for (const { evidence } of [...matchers, ...live.map(({ matcher }) => matcher)])
    yield { card: evidence.card, issuer: evidence.issuer.name, lastSlot: evidence.ready().at(-1) ?? null };
  for (const { card, issuer } of claims) if (card) yield { card, issuer: issuer ?? '', lastSlot: null };
}

export function sessionsOfReport(
  spans: readonly Span[],
  matchers: readonly Matcher[],
  live: readonly LiveSession[],
  claims: readonly Claim[],
): SessionReport[] {
  const sessions = new Map<string, SessionReport>();
  const heard = new Set(spans.map(({ sessionId }) => sessionId));
  for (const { card, issuer, lastSlot } of heldCards(matchers, live, claims)) {
    const sessionId = hex(card.locator);
    if (!heard.has(sessionId) || sessions.has(sessionId)) continue;
    sessions.set(sessionId, {
      sessionId,
      card: base64url(card.bytes),
      issuer,
      startMs: card.t0Ms,
      endMs: lastSlot === null ? cardEndMs(card) : card.t0Ms + lastSlot * SLOT_MS,
      status: null,
      log: null,
    });
  }
  return [...sessions.values()];
}
