/**
 * The verifier's questions: what is this card's status now, and what was it then. Asks again when `ttl` or the token ends; what
 * can't be fetched or does not verify is `unknown`, never `valid`.
 */
import { fetchText } from '../fetch-text.ts';
import type { TrustedKey } from '../trust.ts';
import { StatusType } from './status-list.ts';
import {
  MAX_STATUS_TOKEN_LENGTH,
  STATUS_TOKEN_MEDIA_TYPE,
  type StatusToken,
  type StatusTokenFailure,
  verifyStatusToken,
} from './status-token.ts';

export type CardStatus =
  | { readonly status: 'valid' | 'revoked' | 'suspended' }
  | { readonly status: 'unknown'; readonly code: StatusTokenFailure | 'status-unavailable' | 'status-out-of-range' };

/** Gives the compact token of a list, now (`null`) or at a time in seconds since 1970; rejects when there is none. */
export type FetchStatusToken = (uri: string, timeSeconds: number | null) => Promise<string>;

/** Default for {@link StatusClientOptions.fetch}: GET with `Accept: application/statuslist+jwt`, and `?time=` for the past; bounded in time and size. */
export async function fetchStatusToken(uri: string, timeSeconds: number | null): Promise<string> {
  const url = new URL(uri);
  if (timeSeconds !== null) url.searchParams.set('time', String(timeSeconds));
  const token = await fetchText(url, { accept: STATUS_TOKEN_MEDIA_TYPE, maxBytes: MAX_STATUS_TOKEN_LENGTH });
  if (token === null) throw new Error('there is no list of that time');
  return token;
}

/** A verifier's clock may be this slow against the issuer's, ms. */
const LEEWAY_MS = 60_000;

export type StatusClientOptions = {
  /** The issuer's list; from its directory, never from the card's bearer. */
  readonly uri: string;
  /** Keys of that issuer. */
  readonly keys: readonly TrustedKey[];
  readonly fetch?: FetchStatusToken;
};

function statusOf(token: StatusToken, index: number): CardStatus {
  const value = token.list.get(index);
  if (value === null) return { status: 'unknown', code: 'status-out-of-range' };
  if (value === StatusType.VALID) return { status: 'valid' };
  // A status that only the issuer understands can't be taken for valid.
  return { status: value === StatusType.SUSPENDED ? 'suspended' : 'revoked' };
}

export class StatusClient {
  readonly #options: StatusClientOptions;
  #token: StatusToken | null = null;
  #askAgainMs = 0;

  constructor(options: StatusClientOptions) {
    this.#options = options;
  }

  /** Status of an index at the present, `nowMs` since 1970; `fresh` asks the issuer even where the last answer still stands. */
  async now(index: number, nowMs: number, fresh: boolean = false): Promise<CardStatus> {
    if (fresh || this.#token === null || !(nowMs < this.#askAgainMs)) {
      const verdict = await this.#ask(null, nowMs);
      if ('status' in verdict) return verdict;
      this.#token = verdict;
      const ttlEnd = verdict.ttlSeconds === null ? Number.POSITIVE_INFINITY : nowMs + verdict.ttlSeconds * 1000;
      this.#askAgainMs = Math.min(verdict.expiresAtMs, ttlEnd);
    }
    return statusOf(this.#token, index);
  }

  /** When {@link now} will ask the issuer again, ms since 1970; 0 before the first answer. */
  get askAgainMs(): number {
    return this.#askAgainMs;
  }

  /** Status of an index at a time in the past, ms since 1970. */
  async at(index: number, atMs: number): Promise<CardStatus> {
    const verdict = await this.#ask(Math.floor(atMs / 1000), atMs);
    return 'status' in verdict ? verdict : statusOf(verdict, index);
  }

  async #ask(timeSeconds: number | null, atMs: number): Promise<StatusToken | CardStatus> {
    const { uri, keys } = this.#options;
    let jwt: string;
    try {
      jwt = await (this.#options.fetch ?? fetchStatusToken)(uri, timeSeconds);
    } catch {
      return { status: 'unknown', code: 'status-unavailable' };
    }
    const leewayMs = timeSeconds === null ? LEEWAY_MS : 0;
    const verdict = await verifyStatusToken(jwt, keys, { uri, atMs, leewayMs });
    return verdict.ok ? verdict.token : { status: 'unknown', code: verdict.code };
  }
}
