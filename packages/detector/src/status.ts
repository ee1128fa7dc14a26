/** Revocation, as the detector asks about it: live at the beginning and again whenever an answer has run out. */
import type { Card, TrustedKey } from '@undertone/token';

/** What `StatusClient` of `@undertone/token/status` gives for one issuer. */
export interface StatusSource {
  /** The status of an index at a time, ms since 1970; `fresh`: whatever is remembered may be out of date. */
  now(index: number, nowMs: number, fresh: boolean): Promise<{ readonly status: 'valid' | 'revoked' | 'suspended' | 'unknown' }>;
  /** When to ask again, ms since 1970. */
  readonly askAgainMs: number;
}

/** The source for an issuer's cards; null when the verifier knows none. */
export type StatusOf = (issuer: TrustedKey) => StatusSource | null;

/** Not asked more often than this, whatever the answers and the channel say, ms. */
const LEAST_MS = 2_000;
/** Asked again after a failure, ms. */
const RETRY_MS = 10_000;

/** Keeps asking about one card. */
export class StatusWatch {
  readonly #source: StatusSource;
  readonly #index: number;
  readonly #tell: (status: 'revoked' | 'suspended' | 'unknown') => void;
  #asking = false;
  #fresh = false;
  #askedMs = -Infinity;
  #dueMs = -Infinity;

  constructor(source: StatusSource, card: Pick<Card, 'status'>, tell: (status: 'revoked' | 'suspended' | 'unknown') => void) {
    this.#source = source;
    this.#index = card.status;
    this.#tell = tell;
  }

  /** Asks if it is time to. */
  look(nowMs: number): void {
    if (this.#asking || nowMs < this.#askedMs + LEAST_MS || (nowMs < this.#dueMs && !this.#fresh)) return;
    const fresh = this.#fresh;
    this.#asking = true;
    this.#fresh = false;
    this.#askedMs = nowMs;
    this.#source
      .now(this.#index, nowMs, fresh)
      .catch(() => ({ status: 'unknown' as const }))
      .then(({ status }) => {
        this.#asking = false;
        this.#dueMs = status === 'unknown' ? nowMs + RETRY_MS : this.#source.askAgainMs;
        if (status !== 'valid') this.#tell(status);
      });
  }

  /** The channel says that the status has changed. It proves nothing; the list is asked again soon. */
  hurry(): void {
    this.#fresh = true;
  }
}
