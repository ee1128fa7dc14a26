/** One call's identity at the operator: what the encoder signs is made durable, then public; keys follow when they are due. */
import { type AnswerNonce, type ChallengeAnswer, handOver } from '@undertone/channel';
import {
  type Checkpoint,
  createRenewal,
  type Renewal,
  type Session,
  type SlotRecord,
  sessionRecordBytes,
  sessionRecordMessage,
} from '@undertone/token';
import { type LogEntryKind, logEntry } from '@undertone/token/log';
import { ServerError } from '../errors.ts';
import type { NextSession, PersonaEvent, RenewalRequest, SpeakingSession } from '../identity.ts';
import type { SessionStore } from '../store/session-store.ts';
import { storedRecord } from '../store/stored-record.ts';
import { Disclosure } from './disclosure.ts';
import { FeedWriter } from './feed-writer.ts';
import { personaFields } from './persona-event.ts';

/** What a session needs from its operator. */
export interface SpeakingContext {
  readonly store: SessionStore;
  readonly nowMs: () => number;
  /** Puts an entry into the transparency log; fulfilled when it is durable. */
  readonly log: (entry: Uint8Array) => Promise<void>;
  /** Makes the session that continues one. */
  readonly renew: (old: PublishedSession, request: RenewalRequest) => Promise<NextSession>;
  /** The feed has grown. */
  readonly onDurable: () => void;
  /** Nothing more will be signed: the session's secrets can be forgotten. */
  readonly onFinished: (error?: unknown) => void;
}

export class PublishedSession implements SpeakingSession {
  readonly session: Session;
  readonly #context: SpeakingContext;
  readonly #feed: FeedWriter;
  readonly #disclosure: Disclosure;
  #newest = 0;
  #answer: AnswerNonce | null = null;
  #announced = false;
  #over = false;

  constructor(session: Session, context: SpeakingContext) {
    this.session = session;
    this.#context = context;
    this.#feed = new FeedWriter(session.cardHash, context.store, context.onDurable);
    this.#disclosure = new Disclosure({
      session,
      nowMs: context.nowMs,
      disclose: (slot, key) => this.#feed.append({ type: 'key', slot, key }),
      onFinished: () => this.#finish().then(context.onFinished, context.onFinished),
    });
  }

  async publish(record: SlotRecord): Promise<void> {
    if (record.slot <= this.#disclosure.closed || record.slot <= this.#newest)
      throw new ServerError('identity-record-late', `slot ${record.slot}`);
    this.#newest = record.slot;
    await this.#feed.append({ type: 'record', record: record.bytes });
    this.#disclosure.recorded(record.slot);
  }

  async event(event: PersonaEvent): Promise<void> {
    const { bytes } = this.session.createPersonaEvent(personaFields(this.session, event));
    await Promise.all([this.#feed.append({ type: 'persona', event: bytes }), this.#log('persona-event', bytes)]);
  }

  answerWith(answer: AnswerNonce): void {
    this.#answer = answer;
  }

  /** Hands a verifier's nonce (8 … 64 bytes) to the voice. */
  challenge(nonce: Uint8Array): Promise<ChallengeAnswer> {
    return handOver(nonce, this.#answer);
  }

  renew(request: RenewalRequest): Promise<NextSession> {
    return this.#context.renew(this, request);
  }

  /** Says how the session goes on. Fulfilled when it is durable. */
  announce(renewal: Renewal): Promise<void> {
    this.#announced = true;
    return this.#feed.append({ type: 'renewal', renewal: renewal.bytes });
  }

  /** Nothing more is spoken; keys and the record's signature are still to come. */
  get over(): boolean {
    return this.#over;
  }

  async end(checkpoints: readonly Checkpoint[]): Promise<void> {
    this.#over = true;
    this.#answer = null;
    const stored = checkpoints.map(({ bytes }) => this.#feed.append({ type: 'checkpoint', checkpoint: bytes }));
    if (!this.#announced) stored.push(this.announce(this.#lastNotice()));
    await Promise.all(stored);
    this.#disclosure.endAfter(this.#newest);
  }

  #lastNotice(): Renewal {
    const { card } = this.session;
    return createRenewal({ lastSlot: this.#newest, next: null, reason: 'end' }, card, (m) => this.session.signWithSessionKey(m));
  }

  /** Stops at once: what is not public by now never will be. */
  stop(): void {
    this.#disclosure.stop();
  }

  #log(kind: LogEntryKind, thing: Uint8Array): Promise<void> {
    return this.#context.log(logEntry(kind, this.session.cardHash, thing));
  }

  /** Signs the session record as it is stored, when the last key is in it. */
  async #finish(): Promise<void> {
    await this.#feed.settled();
    const record = await storedRecord(this.#context.store, this.session.cardHash);
    if (record === null) throw new ServerError('session-unknown', 'the session is not in the database');
    const signature = this.session.signWithSessionKey(sessionRecordMessage(record));
    await this.#log('session-record', sessionRecordBytes({ ...record, signature }));
    await this.#feed.append({ type: 'end', signature });
  }
}
