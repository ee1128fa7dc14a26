/** `--status FILE|URL`: what an issuer's status lists say of a call of the past. */

import type { TrustedKey, TrustStore } from '@undertone/token';
import { keysOfIssuer } from '@undertone/token/directory';
import { type FetchStatusToken, keptLists, StatusClient, type StatusHistory, statusHistory } from '@undertone/token/status';
import { readBytes } from '../io.ts';
import { isUrl } from './is-url.ts';

/** A list and the newest time that it can answer for, ms since 1970. */
interface Source {
  readonly uri: string;
  readonly newestMs: number;
  readonly fetch?: FetchStatusToken;
}

/** Lists at addresses, and in files: compact tokens, one or more, with white space between them. */
export class StatusSources {
  readonly #sources: readonly Source[];
  readonly #trust: TrustStore;

  private constructor(sources: readonly Source[], trust: TrustStore) {
    this.#sources = sources;
    this.#trust = trust;
  }

  /** Rejects with `input-missing`, or with `status-malformed` for a file that holds something else. */
  static async open(places: readonly string[], trust: TrustStore, nowMs: number): Promise<StatusSources> {
    const texts = await Promise.all(
      places.filter((place) => !isUrl(place)).map(async (path) => new TextDecoder().decode(await readBytes(path))),
    );
    const kept = keptLists(texts.flatMap((text) => text.split(/\s+/).filter((token) => token !== '')));
    const remote = places.filter(isUrl).map((uri) => ({ uri, newestMs: nowMs }));
    return new StatusSources([...kept, ...remote], trust);
  }

  /** What the first list that can say it says; a list in which the card is not in force goes before all others. */
  async history(issuer: TrustedKey, index: number, call: { startMs: number; endMs: number }): Promise<StatusHistory> {
    const keys = keysOfIssuer(this.#trust, issuer);
    const told: StatusHistory[] = [];
    for (const { newestMs, ...list } of this.#sources)
      told.push(await statusHistory(new StatusClient({ ...list, keys }), index, call, newestMs));
    const first = (test: (history: StatusHistory) => boolean): StatusHistory | undefined => told.find(test);
    return (
      first(({ during }) => during.status === 'revoked' || during.status === 'suspended') ??
      first(({ during, later }) => during.status === 'valid' && later !== null && later !== 'valid') ??
      first(({ during }) => during.status === 'valid') ??
      // Another issuer's list is no answer while one of this issuer's may be among the rest.
      first(({ during }) => during.status === 'unknown' && during.code !== 'status-bad-signature') ??
      told[0]
    );
  }
}
