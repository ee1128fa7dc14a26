/** The auditor's question: was the card in force while the call lasted, and what became of it since? */
import type { CardStatus, StatusClient } from './status-client.ts';

/** Statuses at a call's beginning and end, and afterwards. */
export type StatusHistory = {
  /** The worst of both ends: not in force at either is not in force, and `unknown` at either is not `valid`. */
  readonly during: CardStatus;
  /** Whether a card that was not in force was so from the beginning on. */
  readonly fromStart: boolean;
  /** The same at a later time; null when nobody can say. */
  readonly later: Exclude<CardStatus['status'], 'unknown'> | null;
  /** When that was, ms since 1970. */
  readonly laterMs: number;
};

const isBad = ({ status }: CardStatus): boolean => status === 'revoked' || status === 'suspended';

/** @param call its first and last ms since 1970 @param laterMs the newest time that the list can answer for */
export async function statusHistory(
  client: StatusClient,
  index: number,
  call: { readonly startMs: number; readonly endMs: number },
  laterMs: number,
): Promise<StatusHistory> {
  const [start, end] = [await client.at(index, call.startMs), await client.at(index, call.endMs)];
  const later = laterMs > call.endMs ? await client.at(index, laterMs) : null;
  const during = [start, end].find(isBad) ?? [start, end].find(({ status }) => status === 'unknown') ?? end;
  return {
    during,
    fromStart: isBad(start),
    later: later === null || later.status === 'unknown' ? null : later.status,
    laterMs,
  };
}
