/** Status lists without their issuer: tokens that somebody kept, each of which says what was so when it was signed. */
import { fromBase64url, fromUtf8 } from '../bytes.ts';
import { TokenError } from '../errors.ts';
import { isObject, tryParseJson } from '../json.ts';
import type { FetchStatusToken } from './status-client.ts';
import { MAX_STATUS_TOKEN_LENGTH } from './status-token.ts';

/** Most tokens that are kept together. */
export const MAX_KEPT_TOKENS: number = 4096;

/** The tokens of one list. Nothing is verified: that is for whoever is given this as its `fetch`. */
export type KeptList = {
  readonly uri: string;
  /** When the newest was signed, by its own word, ms since 1970. */
  readonly newestMs: number;
  readonly fetch: FetchStatusToken;
};

type Kept = { readonly token: string; readonly uri: string; readonly issued: number };

function peek(token: string): Kept {
  try {
    if (token.length > MAX_STATUS_TOKEN_LENGTH) throw new TokenError('status-malformed', 'too large');
    const payload = tryParseJson(fromUtf8(fromBase64url(token.split('.')[1] ?? '')));
    if (isObject(payload) && typeof payload.sub === 'string' && Number.isFinite(payload.iat))
      return { token, uri: payload.sub, issued: payload.iat as number };
  } catch (error) {
    if (!(error instanceof TokenError)) throw error;
  }
  throw new TokenError('status-malformed', 'not a status list token');
}

/**
 * Sorts tokens by their list. Asked for a time, a list gives the newest token of then or before, as its issuer would; whether that one covers the
 * time is checked with its signature. Throws `status-malformed`.
 */
export function keptLists(tokens: readonly string[]): KeptList[] {
  if (tokens.length > MAX_KEPT_TOKENS) throw new TokenError('status-malformed', 'too many tokens');
  const lists = new Map<string, Kept[]>();
  for (const kept of tokens.map(peek)) lists.set(kept.uri, [...(lists.get(kept.uri) ?? []), kept]);
  return [...lists].map(([uri, list]) => {
    list.sort((a, b) => a.issued - b.issued);
    return {
      uri,
      newestMs: list.at(-1)!.issued * 1000,
      fetch: async (_, timeSeconds) => (list.findLast(({ issued }) => issued <= (timeSeconds ?? Infinity)) ?? list[0]).token,
    };
  });
}
