/** Writes one session's feed: in order, without gaps, each item told only when it is durable. */
import type { FeedItem } from '@undertone/channel';
import { ServerError } from '../errors.ts';
import type { SessionStore } from '../store/session-store.ts';

/** How long a database that does not answer is tried before the session is given up, ms. */
const GIVE_UP_MS = 15_000;
const RETRY_MS = 250;

/** An item before it has its place. */
export type NewItem = FeedItem extends infer T ? (T extends FeedItem ? Omit<T, 'seq'> : never) : never;

interface Waiting {
  readonly item: FeedItem;
  readonly done: () => void;
  readonly failed: (error: ServerError) => void;
}

export class FeedWriter {
  readonly #cardHash: Uint8Array;
  readonly #store: SessionStore;
  readonly #onDurable: () => void;
  readonly #waiting: Waiting[] = [];
  #seq = 0;
  #writing: Promise<void> | null = null;
  #failed: ServerError | null = null;

  /** @param onDurable called after each write, to let the channel's process know */
  constructor(cardHash: Uint8Array, store: SessionStore, onDurable: () => void) {
    this.#cardHash = cardHash;
    this.#store = store;
    this.#onDurable = onDurable;
  }

  /** Appends an item. Fulfilled when it is durable; after a failure nothing more is accepted. */
  append(item: NewItem): Promise<void> {
    if (this.#failed) return Promise.reject(this.#failed);
    const placed: FeedItem = { ...item, seq: ++this.#seq };
    return new Promise((done, failed) => {
      this.#waiting.push({ item: placed, done, failed });
      this.#writing ??= this.#write();
    });
  }

  /** Fulfilled when everything given so far is durable. */
  async settled(): Promise<void> {
    await this.#writing;
    if (this.#failed) throw this.#failed;
  }

  async #write(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.slice();
      try {
        await this.#durable(batch.map(({ item }) => item));
      } catch (error) {
        this.#fail(error);
        break;
      }
      this.#waiting.splice(0, batch.length);
      this.#onDurable();
      for (const { done } of batch) done();
    }
    this.#writing = null;
  }

  /** Tries until it is written: items keep their place, so one that was written without our learning of it is not doubled. */
  async #durable(items: readonly FeedItem[]): Promise<void> {
    const since = performance.now();
    for (;;) {
      try {
        await this.#store.append(this.#cardHash, items);
        return;
      } catch (error) {
        if (!(error instanceof ServerError) || performance.now() - since > GIVE_UP_MS) throw error;
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }

  #fail(error: unknown): void {
    this.#failed = new ServerError('identity-unavailable', error instanceof Error ? error.message : String(error));
    for (const { failed } of this.#waiting.splice(0)) failed(this.#failed);
  }
}
