/** One call's identity at the operator: what the encoder signs is made durable, then public; keys follow when they are due. */
import { type Checkpoint, createRenewal, type Session, type SlotRecord } from '@undertone/token';
import { ServerError } from '../errors.ts';
import type { PersonaEvent, SpeakingSession } from '../identity.ts';
import type { SessionStore } from '../store/session-store.ts';
import { Disclosure } from './disclosure.ts';
import { FeedWriter } from './feed-writer.ts';
import { personaFields } from './persona-event.ts';

/** What a session needs from its operator. */
export interface SpeakingContext {
  readonly store: SessionStore;
  readonly nowMs: () => number;
  /** The feed has grown. */
  readonly onDurable: () => void;
  /** The last key is out: the session's secrets can be forgotten. */
  readonly onFinished: () => void;
}

export class PublishedSession implements SpeakingSession {
  readonly session: Session;
  readonly #feed: FeedWriter;
  readonly #disclosure: Disclosure;
  #newest = 0;

  constructor(session: Session, context: SpeakingContext) {
    this.session = session;
    this.#feed = new FeedWriter(session.cardHash, context.store, context.onDurable);
    this.#disclosure = new Disclosure({
      session,
      nowMs: context.nowMs,
      disclose: (slot, key) => this.#feed.append({ type: 'key', slot, key }),
      onFinished: () => {
        void this.#feed.append({ type: 'end' }).catch(() => {});
        context.onFinished();
      },
    });
  }

  async publish(record: SlotRecord): Promise<void> {
    if (record.slot <= this.#disclosure.closed || record.slot <= this.#newest)
      throw new ServerError('identity-record-late', `slot ${record.slot}`);
    this.#newest = record.slot;
    await this.#feed.append({ type: 'record', record: record.bytes });
    this.#disclosure.recorded(record.slot);
  }

  event(event: PersonaEvent): Promise<void> {
    return this.#feed.append({
      type: 'persona',
      event: this.session.createPersonaEvent(personaFields(this.session, event)).bytes,
    });
  }

  async end(checkpoints: readonly Checkpoint[]): Promise<void> {
    const { card } = this.session;
    const notice = createRenewal({ lastSlot: this.#newest, next: null, reason: 'end' }, card, (m) =>
      this.session.signWithSessionKey(m),
    );
    const stored = checkpoints.map(({ bytes }) => this.#feed.append({ type: 'checkpoint', checkpoint: bytes }));
    stored.push(this.#feed.append({ type: 'renewal', renewal: notice.bytes }));
    this.#disclosure.endAfter(this.#newest);
    await Promise.all(stored);
  }

  /** Stops at once: what is not public by now never will be. */
  stop(): void {
    this.#disclosure.stop();
  }
}
