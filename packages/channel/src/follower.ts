/** One subscription: where it is in a session's feed, and whom it tells. */
import type { ChannelListener } from './channel.ts';
import type { FeedItem } from './messages.ts';

export class Follower {
  readonly cardHash: Uint8Array;
  readonly #listener: ChannelListener;
  #sources: number;
  /** Last `seq` told. */
  after = 0;
  /** The operator ended the session: nothing will follow. */
  ended = false;

  /** @param sources resolvers that are followed for this session; the feed is the same at each */
  constructor(cardHash: Uint8Array, listener: ChannelListener, sources: number) {
    this.cardHash = cardHash.slice();
    this.#listener = listener;
    this.#sources = sources;
  }

  /** Tells an item once; what was told already, before a reconnection, is passed over. */
  take(item: FeedItem): void {
    if (item.seq <= this.after) return;
    this.after = item.seq;
    switch (item.type) {
      case 'record':
        this.#listener.record(item.record);
        break;
      case 'key':
        this.#listener.key(item.slot, item.key);
        break;
      case 'checkpoint':
        this.#listener.checkpoint?.(item.checkpoint);
        break;
      case 'persona':
        this.#listener.persona?.(item.event);
        break;
      case 'renewal':
        this.#listener.renewal?.(item.renewal);
        break;
      case 'end':
        this.ended = true;
        this.#listener.end?.();
    }
  }

  status(revoked: boolean): void {
    this.#listener.status?.(revoked);
  }

  /** A resolver can't serve the session; the listener hears of it when none can. */
  refused(code: string): void {
    if (--this.#sources === 0) this.#listener.refused?.(code);
  }
}
