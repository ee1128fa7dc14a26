/**
 * When a slot's key becomes public: at D_s by the operator's clock, never before, and never before the slot's record is durable.
 *
 * A record comes about 0.4 s after its slot, well before D_s. Where none comes (the encoder was reset or the call was held), the
 * key waits a little longer and the slot is then closed: a record that comes still later is refused, so that what was disclosed
 * never changes.
 */
import { disclosureTimeMs, newestDisclosableSlot, type Session, SLOT_MS } from '@undertone/token';

/** How long a missing record holds back its slot's key, ms after D_s. */
const GRACE_MS = 2 * SLOT_MS;
/** A timer that fires early by rounding must not spin. */
const LEAST_WAIT_MS = 1;
/** Longest wait that a timer takes. */
const MOST_WAIT_MS = 2 ** 31 - 1;

export interface DisclosureOptions {
  readonly session: Session;
  readonly nowMs: () => number;
  /** Makes a key public; fulfilled when it is durable. */
  readonly disclose: (slot: number, key: Uint8Array) => Promise<void>;
  /** Called once, when the last key is out. */
  readonly onFinished: () => void;
}

export class Disclosure {
  readonly #options: DisclosureOptions;
  #recorded = 0;
  #closed = 0;
  #last: number;
  #timer: NodeJS.Timeout | null = null;
  #finished = false;

  constructor(options: DisclosureOptions) {
    this.#options = options;
    this.#last = options.session.slots;
    this.#wait();
  }

  /** Newest slot whose key is public or on its way: its record can't be added any more. */
  get closed(): number {
    return this.#closed;
  }

  /** A slot's record is durable. */
  recorded(slot: number): void {
    this.#recorded = Math.max(this.#recorded, slot);
    this.#step();
  }

  /** The session ends after this slot. Keys that are not due yet still come when they are. */
  endAfter(slot: number): void {
    this.#last = Math.min(this.#last, slot);
    this.#step();
  }

  /** Stops at once: nothing more is disclosed. */
  stop(): void {
    this.#finished = true;
    if (this.#timer) clearTimeout(this.#timer);
  }

  /** Newest slot whose key may be out at a time. */
  #due(nowMs: number): number {
    const { card } = this.#options.session;
    const due = newestDisclosableSlot(card, nowMs);
    return Math.min(due, this.#last, Math.max(this.#recorded, newestDisclosableSlot(card, nowMs - GRACE_MS)));
  }

  #step(): void {
    if (this.#finished) return;
    const { session, nowMs, disclose } = this.#options;
    const now = nowMs();
    const slot = this.#due(now);
    if (slot > this.#closed) {
      const key = session.keyForDisclosure(slot, now);
      if (key) {
        this.#closed = slot;
        // A failure ends the session elsewhere; here it only means that no further key follows.
        disclose(slot, key).catch(() => this.stop());
      }
    }
    if (this.#closed >= this.#last) {
      this.stop();
      this.#options.onFinished();
      return;
    }
    this.#wait();
  }

  /** Waits for the next key's time; one that is due and waits for its record is looked at again when that comes or grace ends. */
  #wait(): void {
    if (this.#timer) clearTimeout(this.#timer);
    const { session, nowMs } = this.#options;
    const now = nowMs();
    const due = disclosureTimeMs(session.card, this.#closed + 1);
    const at = due > now ? due : due + GRACE_MS;
    this.#timer = setTimeout(() => this.#step(), Math.min(MOST_WAIT_MS, Math.max(LEAST_WAIT_MS, Math.ceil(at - now))));
    this.#timer.unref();
  }
}
