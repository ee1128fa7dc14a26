/** Makes of a report what others say of its sessions: the issuer's status lists and a transparency log, asked about the time of the call. */
import { transition } from '@undertone/token';
import type { StatusHistory } from '@undertone/token/status';
import type { ChannelReport, Finding, LogReport, SessionReport, Span } from './report.ts';
import { worstState } from './severity.ts';

/** What was looked up of one session; null what nobody asked for. */
export interface LookUp {
  readonly status: StatusHistory | null;
  readonly log: LogReport | null;
}

/** Witnesses may be this slow against the operator, and an operator this late with its record, ms. */
const EARLY_MS = 60_000;
const LATE_MS = 24 * 3600_000;

const date = (ms: number): string => new Date(ms).toISOString();

function statusFindings({ during, fromStart, later, laterMs }: StatusHistory): Finding[] {
  if (during.status === 'unknown') return [{ code: 'status-unknown', detail: during.code }];
  if (during.status !== 'valid')
    return [{ code: `card-${during.status}`, detail: fromStart ? 'before the call began' : 'during the call' }];
  if (later === null || later === 'valid') return [];
  return [{ code: 'revoked-later', detail: `${later} by ${date(laterMs)}; it was valid throughout the call, which stands` }];
}

/** By its witnesses' time: `witnessed`, or why the time of a session stays its operator's word. */
function timeFindings({ endMs }: SessionReport, log: LogReport): Finding[] {
  if (!log.included) return [{ code: log.code, detail: `the log's proof of the ${log.entry}` }];
  if (log.entry !== 'session-record' || log.witnessedAt === null) return [];
  const seenMs = log.witnessedAt * 1000;
  const detail = `witnesses saw the session record at ${date(seenMs)}`;
  if (seenMs < endMs - EARLY_MS) return [{ code: 'time-contradicted', detail: `${detail}, before it says that the call ended` }];
  return seenMs > endMs + LATE_MS ? [{ code: 'witnessed-late', detail }] : [];
}

function judge(session: SessionReport, { status, log }: LookUp): (span: Span) => Span {
  const revoked = status !== null && (status.during.status === 'revoked' || status.during.status === 'suspended');
  const time = log ? timeFindings(session, log) : [];
  const witnessed = log?.included && log.entry === 'session-record' && log.witnessedAt !== null && time.length === 0;
  const findings = [...(status ? statusFindings(status) : []), ...time];
  return (span) => ({
    ...span,
    state: revoked ? transition(span.state, 'revoked') : span.state,
    time: witnessed ? 'witnessed' : span.time,
    findings: [...span.findings, ...findings],
  });
}

/** The report with what was looked up, by session id. A revocation in force during the call is final; one that came later is told. */
export function judgePast(report: ChannelReport, lookUps: ReadonlyMap<string, LookUp>): ChannelReport {
  const judges = new Map<string | null, (span: Span) => Span>();
  for (const session of report.sessions) {
    const found = lookUps.get(session.sessionId);
    if (found) judges.set(session.sessionId, judge(session, found));
  }
  const spans = report.spans.map((span) => judges.get(span.sessionId)?.(span) ?? span);
  const sessions = report.sessions.map((session) => ({ ...session, ...lookUps.get(session.sessionId) }));
  return { ...report, spans, sessions, state: worstState(spans) };
}

/** Whether nothing that was looked up speaks against a session or could not be found out. */
export function lookUpsHold({ sessions, spans }: ChannelReport): boolean {
  const contradicted = spans.some((span) => span.findings.some(({ code }) => code === 'time-contradicted'));
  const holds = ({ status, log }: SessionReport): boolean =>
    (status === null || status.during.status === 'valid') && (log === null || log.included);
  return !contradicted && sessions.every(holds);
}
