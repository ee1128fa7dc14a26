/**
 * What Undertone logs: 72 bytes that name a session and a hash, so that a log learns nothing of what was said.
 *
 * | at | bytes | field |
 * | --- | --- | --- |
 * | 0 | 7 | "ut1 log" |
 * | 7 | 1 | kind: 0 card, 1 session record, 2 persona event |
 * | 8 | 32 | card hash |
 * | 40 | 32 | SHA-256 of the card, of the session record's canonical JSON, or of the event |
 */
import { concat } from '../bytes.ts';
import { sha256 } from '../crypto.ts';
import { TokenError } from '../errors.ts';
import { HASH_BYTES } from './merkle.ts';

export const LOG_ENTRY_BYTES: number = 72;
export const LOG_ENTRY_KINDS: readonly LogEntryKind[] = ['card', 'session-record', 'persona-event'];
export type LogEntryKind = 'card' | 'session-record' | 'persona-event';

/** The entry for a thing, given as its bytes. Throws `bad-argument`. */
export function logEntry(kind: LogEntryKind, cardHash: Uint8Array, thing: Uint8Array): Uint8Array {
  const code = LOG_ENTRY_KINDS.indexOf(kind);
  if (code < 0 || cardHash.length !== HASH_BYTES) throw new TokenError('bad-argument', 'kind or card hash');
  return concat('ut1 log', Uint8Array.of(code), cardHash, sha256(thing));
}
