/** A session of a report in words: when it was, and what status lists and a log say of it. */
import type { StatusHistory } from '@undertone/token/status';
import type { LogReport, SessionReport } from './report.ts';

const date = (ms: number): string => new Date(ms).toISOString();

function statusWords({ during, fromStart, later, laterMs }: StatusHistory): string {
  if (during.status === 'unknown') return `nobody can say whether it was revoked by then (${during.code})`;
  if (during.status !== 'valid') return `${during.status} ${fromStart ? 'before the call began' : 'during the call'}`;
  if (later === null) return 'not revoked by then';
  return later === 'valid' ? `not revoked by then, nor by ${date(laterMs)}` : `not revoked by then; ${later} by ${date(laterMs)}`;
}

function logWords(log: LogReport): string {
  const thing = log.entry === 'card' ? 'card' : 'session record';
  if (!log.included) return `the log does not prove its ${thing} (${log.code})`;
  const seen = log.witnessedAt === null ? 'no witness asked for' : `seen by witnesses at ${date(log.witnessedAt * 1000)}`;
  return `its ${thing} is entry ${log.index} of the log's ${log.size}, ${seen}`;
}

/** One sentence. */
export function sessionWords({ sessionId, startMs, endMs, status, log }: SessionReport): string {
  const told = [...(status ? [statusWords(status)] : []), ...(log ? [logWords(log)] : [])];
  return [`session ${sessionId}, ${date(startMs)} to ${date(endMs)} by its own word`, ...told].join('; ');
}
