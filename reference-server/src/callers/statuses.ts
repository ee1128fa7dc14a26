/** Where the issuers of callers say which cards are taken back: in directories that their own keys signed, found at the resolvers. */
import type { StatusOf, StatusSource } from '@undertone/detector';
import type { TrustedKey } from '@undertone/token';
import {
  DIRECTORY_MEDIA_TYPE,
  DIRECTORY_PATH,
  directorySigner,
  keysOfIssuer,
  MAX_DIRECTORY_LENGTH,
  parseDirectoryText,
} from '@undertone/token/directory';
import { MAX_STATUS_TOKEN_LENGTH, STATUS_TOKEN_MEDIA_TYPE, StatusClient } from '@undertone/token/status';
import type { CallerTrust } from './link.ts';

const WAIT_MS = 5000;
/** How long after a search for a directory that found none another begins. */
const SEARCH_AGAIN_MS = 60_000;

/** Reads a document, however long it says that it is, up to a limit. */
async function read(url: URL, accept: string, most: number): Promise<string> {
  const answer = await fetch(url, { headers: { accept }, redirect: 'error', signal: AbortSignal.timeout(WAIT_MS) });
  if (!answer.ok || answer.body === null) throw new Error(`${url.host} answered ${answer.status}`);
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of answer.body) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > most) throw new Error(`${url.host} answers too much`);
  }
  return text;
}

/** One list for each issuer, whoever of its agents calls. */
export function callerStatuses({ trust, resolvers }: Pick<CallerTrust, 'trust' | 'resolvers'>): StatusOf {
  const lists = new Map<string, StatusSource>();
  return (issuer) => {
    const keys = keysOfIssuer(trust, issuer);
    const name = keys[0].kid;
    const list = lists.get(name) ?? new IssuerList(keys, resolvers);
    lists.set(name, list);
    return list;
  };
}

class IssuerList implements StatusSource {
  readonly #keys: readonly TrustedKey[];
  readonly #resolvers: readonly string[];
  #client: StatusClient | null = null;
  #search: Promise<StatusClient | null> | null = null;
  #searchAgainMs = 0;

  constructor(keys: readonly TrustedKey[], resolvers: readonly string[]) {
    this.#keys = keys;
    this.#resolvers = resolvers;
  }

  get askAgainMs(): number {
    return this.#client?.askAgainMs ?? this.#searchAgainMs;
  }

  async now(index: number, nowMs: number, fresh: boolean): ReturnType<StatusSource['now']> {
    if (!this.#client && nowMs >= this.#searchAgainMs) {
      this.#search ??= this.#find();
      this.#client = await this.#search;
      this.#search = null;
      if (!this.#client) this.#searchAgainMs = nowMs + SEARCH_AGAIN_MS;
    }
    return this.#client ? this.#client.now(index, nowMs, fresh) : { status: 'unknown' };
  }

  /** The list of the first directory that one of the issuer's keys signed. */
  async #find(): Promise<StatusClient | null> {
    for (const resolver of this.#resolvers) {
      try {
        const directory = parseDirectoryText(
          await read(new URL(DIRECTORY_PATH, resolver), DIRECTORY_MEDIA_TYPE, MAX_DIRECTORY_LENGTH),
        );
        if (directorySigner(directory, this.#keys) && directory.statusList !== null) return this.#of(directory.statusList);
      } catch {
        // A resolver that is away or serves somebody else's directory: another one may have it.
      }
    }
    return null;
  }

  #of(uri: string): StatusClient {
    return new StatusClient({
      uri,
      keys: this.#keys,
      fetch(list, timeSeconds) {
        const url = new URL(list);
        if (timeSeconds !== null) url.searchParams.set('time', String(timeSeconds));
        return read(url, STATUS_TOKEN_MEDIA_TYPE, MAX_STATUS_TOKEN_LENGTH);
      },
    });
  }
}
