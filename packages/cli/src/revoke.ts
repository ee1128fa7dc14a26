/** `undertone revoke`: changes a card's status at its issuer. */
import { existsSync } from 'node:fs';
import { keySigner, openKeyFile, type StatusName, signStatusRequest } from '@undertone/reference-server';
import { hex } from '@undertone/token';
import { CliError } from './errors.ts';
import { readSessionFile } from './session-file.ts';

const TIMEOUT_MS = 15_000;

export interface RevokeOptions {
  /** A card hash in hexadecimal, or a session record. */
  readonly card: string;
  readonly issuer: string;
  /** Address of the issuer's verification channel. */
  readonly server: string;
  readonly status: StatusName;
}

async function cardHash(card: string): Promise<string> {
  if (/^[0-9a-f]{64}$/.test(card)) return card;
  if (!existsSync(card)) throw new CliError('usage', `${card} is neither a card hash nor a session record`);
  const [record, ...others] = await readSessionFile(card);
  if (others.length > 0)
    throw new CliError('usage', `${card} holds ${others.length + 1} session records; name the card by its hash`);
  return hex(record.card.cardHash);
}

/** Signs the request with the issuer's key and sends it. @returns the card hash; rejects with the server's code */
export async function revoke({ card, issuer, server, status }: RevokeOptions): Promise<string> {
  const hash = await cardHash(card);
  const request = await signStatusRequest(hash, status, Date.now(), keySigner(await openKeyFile(issuer)));
  let answer: Response;
  try {
    answer = await fetch(new URL('v1/status', server.endsWith('/') ? server : `${server}/`), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(request),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch (error) {
    throw new CliError('server-unreachable', `${server}: ${(error as Error).message}`);
  }
  if (answer.ok) return hash;
  const { error = `http-${answer.status}`, message = '' } = (await answer.json().catch(() => ({}))) as Record<string, string>;
  throw new CliError(error, message);
}
