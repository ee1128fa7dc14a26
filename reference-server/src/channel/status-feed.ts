/** Tells who follows a card that the issuer's status list has changed for it, so that a live verifier does not wait for its next question. */
import { hex } from '@undertone/token';
import type { IssuerStore } from '../store/issuer-store.ts';

/** How often the database is asked whether a new list was signed, ms; the change may have come to another server of the fleet. */
const POLL_MS = 1000;

interface Follower {
  readonly cardHash: Uint8Array;
  readonly tell: (revoked: boolean) => void;
  /** What was told last. */
  revoked: boolean;
}

export class StatusFeed {
  readonly #store: Pick<IssuerStore, 'newestToken' | 'revoked'>;
  readonly #onError: (error: unknown) => void;
  readonly #followers = new Set<Follower>();
  readonly #timer: NodeJS.Timeout;
  #known: string | null = null;
  #reading = false;

  constructor(store: Pick<IssuerStore, 'newestToken' | 'revoked'>, onError: (error: unknown) => void) {
    this.#store = store;
    this.#onError = onError;
    this.#timer = setInterval(() => void this.#look(), POLL_MS);
  }

  /** @param tell hears of every change from now on; how the card stands when one begins is in the list @returns a function that ends it */
  follow(cardHash: Uint8Array, tell: (revoked: boolean) => void): () => void {
    const follower = { cardHash, tell, revoked: false };
    this.#followers.add(follower);
    return () => this.#followers.delete(follower);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  /** By the signed list, not by the change: who is told fetches the list, which must hold it by then. */
  async #look(): Promise<void> {
    if (this.#reading || this.#followers.size === 0) return;
    this.#reading = true;
    try {
      const newest = await this.#store.newestToken();
      if (newest !== this.#known) await this.#tell();
      this.#known = newest;
    } catch (error) {
      this.#onError(error);
    }
    this.#reading = false;
  }

  async #tell(): Promise<void> {
    const followers = [...this.#followers];
    const revoked = new Set((await this.#store.revoked(followers.map(({ cardHash }) => cardHash))).map(hex));
    for (const follower of followers) {
      const now = revoked.has(hex(follower.cardHash));
      // A revoked card is told again with each new list: the list before it may not have held the change yet.
      if (now || now !== follower.revoked) follower.tell(now);
      follower.revoked = now;
    }
  }
}
