/** Revocation, as the detector asks about it: live at the beginning and again whenever an answer has run out. */
import type { Card, TrustedKey } from '@undertone/token';

/** What `StatusClient` of `@undertone/token/status` gives for one issuer. */
export interface StatusSource {
  /** The status of an index at a time, ms since 1970. */
  now(index: number, nowMs: number): Promise<{ readonly status: 'valid' | 'revoked' | 'suspended' | 'unknown' }>;
  /** When to ask again, ms since 1970. */
  readonly askAgainMs: number;
}

/** The source for an issuer's cards; null when the verifier knows none. */
export type StatusOf = (issuer: TrustedKey) => StatusSource | null;

/** Asked again after a failure, ms. */
const RETRY_MS = 10_000;

/** Keeps asking about one card. */
export class StatusWatch {
  readonly #source: StatusSource;
  readonly #index: number;
  readonly #tell: (status: 'revoked' | 'suspended' | 'unknown') => void;
  #asking = false;
  #dueMs = -Infinity;

  constructor(source: StatusSource, card: Pick<Card, 'status'>, tell: (status: 'revoked' | 'suspended' | 'unknown') => void) {
    this.#source = source;
    this.#index = card.status;
    this.#tell = tell;
  }

  /** Asks if it is time to. */
  look(nowMs: number): void {
    if (this.#asking || nowMs < this.#dueMs) return;
    this.#asking = true;
    this.#source
      .now(this.#index, nowMs)
      .catch(() => ({ status: 'unknown' as const }))
      .then(({ status }) => {
        this.#asking = false;
        this.#dueMs = status === 'unknown' ? nowMs + RETRY_MS : this.#source.askAgainMs;
        if (status !== 'valid') this.#tell(status);
      });
  }

  /** Asks at the next look, whatever was answered before. */
  hurry(): void {
    this.#dueMs = -Infinity;
  }
}
