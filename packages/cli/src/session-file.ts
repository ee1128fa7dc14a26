/** Files with what an auditor needs beside a recording: one session record, or a list of them where a call went on from card to card. */
import { existsSync } from 'node:fs';
import { MAX_SESSION_RECORD_LENGTH, parseSessionRecord, type SessionRecord, TokenError, tryParseJson } from '@undertone/token';
import { readBytes } from './io.ts';

/** Most session records in one file: a day under cards of ten minutes. */
const MAX_SESSIONS = 144;

/** Reads a file of session records. Throws `CliError` `input-missing` and `TokenError` `session-malformed`. */
export async function readSessionFile(path: string): Promise<SessionRecord[]> {
  const bytes = await readBytes(path);
  if (bytes.length > MAX_SESSION_RECORD_LENGTH) throw new TokenError('session-malformed', 'too large');
  const json = tryParseJson(new TextDecoder().decode(bytes));
  const listed = Array.isArray(json) ? json : [json];
  if (listed.length === 0 || listed.length > MAX_SESSIONS) throw new TokenError('session-malformed', 'number of session records');
  return listed.map(parseSessionRecord);
}

/** The session records beside a recording, where `embed` and the server's page put them. */
export function sessionBeside(input: string): string[] {
  const path = `${input}.session.json`;
  return input !== '-' && existsSync(path) ? [path] : [];
}
