/** Reads feeds for all who follow, together: one statement for however many sessions are followed. */
import { type FeedItem, MAX_PAGE_ITEMS } from '@undertone/channel';
import { hex } from '@undertone/token';
import type { SessionStore } from '../store/session-store.ts';

/** How often the database is asked for feeds that grow at other servers, ms. */
const POLL_MS = 200;

/** Someone who follows a session. */
export interface Follower {
  readonly cardHash: Uint8Array;
  /** Last `seq` sent. */
  after: number;
  /** Takes the next item. @returns false when no more can be taken for now */
  send(item: FeedItem): boolean;
}

export class Hub {
  readonly #store: Pick<SessionStore, 'after'>;
  readonly #onError: (error: unknown) => void;
  readonly #followed = new Map<string, Set<Follower>>();
  /** Cards whose feeds are to be read next; null means all. */
  #due: Set<string> | null = new Set();
  #draining: Promise<void> | null = null;
  readonly #timer: NodeJS.Timeout;

  constructor(store: Pick<SessionStore, 'after'>, onError: (error: unknown) => void) {
    this.#store = store;
    this.#onError = onError;
    this.#timer = setInterval(() => this.#read(null), POLL_MS);
  }

  /** Sends a session's feed, from where the follower is, and then as it grows. @returns a function that ends it */
  follow(follower: Follower): () => void {
    const card = hex(follower.cardHash);
    const set = this.#followed.get(card) ?? new Set();
    this.#followed.set(card, set.add(follower));
    this.#read(card);
    return () => {
      set.delete(follower);
      if (set.size === 0 && this.#followed.get(card) === set) this.#followed.delete(card);
    };
  }

  /** A feed has grown. */
  grown(cardHash: Uint8Array): void {
    const card = hex(cardHash);
    if (this.#followed.has(card)) this.#read(card);
  }

  /** Sends what is there by now, and ends. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#read(null);
    await this.#draining;
    this.#followed.clear();
  }

  #read(card: string | null): void {
    if (card === null) this.#due = null;
    else this.#due?.add(card);
    this.#draining ??= this.#drain().finally(() => {
      this.#draining = null;
    });
  }

  async #drain(): Promise<void> {
    try {
      while (this.#followed.size > 0 && (this.#due === null || this.#due.size > 0)) {
        const cards = this.#due === null ? [...this.#followed.keys()] : [...this.#due];
        this.#due = new Set();
        await this.#readOnce(cards);
      }
      this.#due = new Set();
    } catch (error) {
      // The next poll asks again for everything.
      this.#due = new Set();
      this.#onError(error);
    }
  }

  async #readOnce(cards: readonly string[]): Promise<void> {
    // Who begins to follow while the database is asked may be further behind than what was asked for: the next read is theirs.
    const asked = new Map(cards.map((card) => [card, [...(this.#followed.get(card) ?? [])]]));
    const positions = [...asked.values()]
      .filter((followers) => followers.length > 0)
      .map((followers) => ({ cardHash: followers[0].cardHash, after: Math.min(...followers.map((f) => f.after)) }));
    if (positions.length === 0) return;
    const items = await this.#store.after(positions);
    const full = new Set<Follower>();
    for (const { cardHash, item } of items) {
      const card = hex(cardHash);
      const followed = this.#followed.get(card);
      for (const follower of asked.get(card) ?? []) {
        if (item.seq <= follower.after || full.has(follower) || !followed?.has(follower)) continue;
        if (follower.send(item)) follower.after = item.seq;
        else full.add(follower);
      }
    }
    if (items.length === MAX_PAGE_ITEMS && full.size === 0) for (const card of cards) this.#due?.add(card);
  }
}
