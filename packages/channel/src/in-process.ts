/** A verification channel inside one process: for tests, demonstrations, and agents that verify each other on one machine. */
import { hex, type PersonaEvent, type Renewal, type Session, type SlotRecord } from '@undertone/token';
import {
  type AnswerNonce,
  type ChallengeAnswer,
  type ChannelListener,
  handOver,
  type ResolvedSession,
  type TimeAnswer,
  type VerificationChannel,
} from './channel.ts';

interface Open {
  readonly session: Session;
  answer: AnswerNonce | null;
  readonly records: Uint8Array[];
  readonly events: Uint8Array[];
  renewal: Uint8Array | null;
  readonly listeners: Set<ChannelListener>;
  disclosed: number;
}

/** The operator's side publishes, the verifier's side asks. */
export class InProcessChannel implements VerificationChannel {
  readonly #sessions = new Map<string, Open>();
  readonly #nowMs: () => number;

  /** @param nowMs operator time, ms since 1970 */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Makes a session known. @returns where its encoder publishes slot records */
  open(session: Session): (record: SlotRecord) => void {
    const open: Open = { session, answer: null, records: [], events: [], renewal: null, listeners: new Set(), disclosed: 0 };
    this.#sessions.set(hex(session.cardHash), open);
    return (record) => {
      open.records.push(record.bytes);
      for (const listener of open.listeners) listener.record(record.bytes);
    };
  }

  /** Says who answers nonces in the voice of an open session from now on; null for nobody. */
  answerWith(session: Session, answer: AnswerNonce | null): void {
    const open = this.#sessions.get(hex(session.cardHash));
    if (open) open.answer = answer;
  }

  /** Publishes a persona event of an open session. */
  persona(event: PersonaEvent): void {
    const open = this.#sessions.get(hex(event.cardHash));
    open?.events.push(event.bytes);
    for (const listener of open?.listeners ?? []) listener.persona?.(event.bytes);
  }

  /** Publishes how an open session ends; open the next one first. */
  renew(renewal: Renewal): void {
    const open = this.#sessions.get(hex(renewal.cardHash));
    if (!open) return;
    open.renewal = renewal.bytes;
    for (const listener of open.listeners) listener.renewal?.(renewal.bytes);
  }

  /** Sends the keys that have become due; call it as time passes. */
  disclose(): void {
    for (const open of this.#sessions.values()) {
      const newest = open.session.newestDisclosable(this.#nowMs());
      if (newest <= open.disclosed) continue;
      const key = open.session.keyForDisclosure(newest, this.#nowMs());
      if (!key) continue;
      open.disclosed = newest;
      for (const listener of open.listeners) listener.key(newest, key);
    }
  }

  async resolve(locator: Uint8Array): Promise<readonly ResolvedSession[]> {
    return [...this.#sessions.values()]
      .filter(({ session }) => hex(session.locator) === hex(locator))
      .slice(0, 8)
      .map(({ session }) => ({ card: session.card.bytes, claims: session.claims }));
  }

  async time(cardHash: Uint8Array, nonce: Uint8Array): Promise<TimeAnswer | null> {
    const open = this.#sessions.get(hex(cardHash));
    if (!open) return null;
    const timeMs = Math.floor(this.#nowMs());
    return { timeMs, signature: open.session.signTime(nonce, timeMs) };
  }

  async challenge(cardHash: Uint8Array, nonce: Uint8Array): Promise<ChallengeAnswer | null> {
    const open = this.#sessions.get(hex(cardHash));
    return open ? handOver(nonce, open.answer) : null;
  }

  subscribe(cardHash: Uint8Array, listener: ChannelListener): () => void {
    const open = this.#sessions.get(hex(cardHash));
    if (!open) return () => {};
    for (const record of open.records) listener.record(record);
    for (const event of open.events) listener.persona?.(event);
    if (open.renewal) listener.renewal?.(open.renewal);
    if (open.disclosed > 0) listener.key(open.disclosed, open.session.keyForSlot(open.disclosed));
    open.listeners.add(listener);
    return () => open.listeners.delete(listener);
  }
}
