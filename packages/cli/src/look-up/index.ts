/** What issuers and logs say of the sessions in a report, asked about the time of the call. */
import { type ChannelReport, judgePast, type LookUp, type SessionReport } from '@undertone/detector';
import { fromBase64url, hex, parseCard, type SessionRecord, type TrustStore, verifyCard } from '@undertone/token';
import { type LogOptions, LogProofs } from './log.ts';
import { StatusSources } from './status.ts';

export type { LogOptions } from './log.ts';

export interface LookUpOptions {
  readonly trust: TrustStore;
  readonly records: readonly SessionRecord[];
  /** Files and addresses of status lists. */
  readonly status: readonly string[];
  readonly log: LogOptions | null;
  readonly nowMs: number;
}

/** Completes reports with what was looked up. */
export type Completer = (reports: readonly ChannelReport[]) => Promise<ChannelReport[]>;

/** Opens what was named, before anything is listened to. Rejects with the codes of {@link StatusSources.open} and {@link LogProofs.open}. */
export async function openLookUps({ trust, records, status, log, nowMs }: LookUpOptions): Promise<Completer> {
  const statuses = status.length > 0 ? await StatusSources.open(status, trust, nowMs) : null;
  const proofs = log ? await LogProofs.open(log) : null;

  async function lookUp({ card: text, startMs, endMs }: SessionReport): Promise<LookUp> {
    const card = parseCard(fromBase64url(text));
    const verdict = verifyCard(card, trust, { atMs: card.t0Ms });
    // A report names only cards that hold.
    if (!verdict.ok) return { status: null, log: null };
    const record = records.find((r) => hex(r.card.cardHash) === hex(card.cardHash));
    return {
      status: statuses && (await statuses.history(verdict.issuer, card.status, { startMs, endMs })),
      log: proofs && (await proofs.look(card, record)),
    };
  }

  return async (reports) => {
    const found = new Map<string, LookUp>();
    for (const session of reports.flatMap(({ sessions }) => sessions))
      if (!found.has(session.sessionId)) found.set(session.sessionId, await lookUp(session));
    return reports.map((report) => judgePast(report, found));
  };
}
