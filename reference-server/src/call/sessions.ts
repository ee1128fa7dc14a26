/**
 * The sessions under which one call speaks, one after the other (protocol/spec/08-resolve-and-revoke.md, Renewal): a card ends before the
 * call does, and another persona needs another card. The next session takes over between two slots, in the middle of the sound.
 */
import { type Checkpoint, hex, type Session, type SlotRecord, slotAtMs } from '@undertone/token';
import { operatorNowMs } from '../clock.ts';
import type { Persona } from '../engines/engine.ts';
import type { Identity, IdentityRequest, PersonaEvent, RenewalRequest, SpeakingSession } from '../identity.ts';

/** What speaks. */
export interface Voice {
  /** Card of the session of the slot that is being spoken. */
  readonly cardHash: Uint8Array;
  /** Goes on under `next` after a slot. @returns false when it is too late for that */
  renew(next: Session, lastSlot: number): Promise<boolean>;
  /** Takes a nonce to be answered under the session with a card. @returns its number; null when that does not speak, or too many wait */
  challenge(cardHash: Uint8Array, nonce: Uint8Array): Promise<number | null>;
}

export interface SessionsOptions {
  /** Life of each card, seconds. */
  readonly cardSeconds: number;
  /** Another session goes on. */
  readonly onRenewed: (reason: RenewalRequest['reason']) => void;
  /** The call's identity can't go on. */
  readonly failed: (error: unknown) => void;
}

const LOOK_MS = 500;
/** How long before its first slot the next card is made, at first; where that was too late, twice as long the next time. */
const LEAD_MS = 1500;
/** How long before a card's end another follows: time for a database that is away for a moment. */
const BEFORE_END_MS = 20_000;
/** Fewest slots under one card: a card that changes with every word is proven by none. */
const LEAST_SLOTS = 8;

export class CallSessions {
  readonly #options: SessionsOptions;
  /** Those that are not ended, by card hash. */
  readonly #open = new Map<string, SpeakingSession>();
  readonly #ending: Promise<void>[] = [];
  #newest: SpeakingSession;
  /** What the newest card states, and what the next one is to state. */
  #persona: Persona;
  #wanted: Persona;
  #voice: Voice | null = null;
  #leadMs = LEAD_MS;
  #timer: NodeJS.Timeout | null = null;
  #renewing: Promise<void> | null = null;
  #closed = false;

  static async start(
    identity: Identity,
    request: Omit<IdentityRequest, 'durationSeconds'>,
    options: SessionsOptions,
  ): Promise<CallSessions> {
    const first = await identity.start({ ...request, durationSeconds: options.cardSeconds });
    return new CallSessions(first, request.persona, options);
  }

  private constructor(first: SpeakingSession, persona: Persona, options: SessionsOptions) {
    this.#options = options;
    this.#newest = first;
    this.#persona = persona;
    this.#wanted = persona;
    this.#open.set(hex(first.session.cardHash), first);
  }

  /** The newest. */
  get session(): Session {
    return this.#newest.session;
  }

  /** The voice is ready: it answers nonces from now on, and its cards are renewed. */
  speakWith(voice: Voice): void {
    this.#voice = voice;
    this.#answer(this.#newest);
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
  }

  /** The persona is another from now on; a card that says so follows. */
  changed(persona: Persona): void {
    this.#wanted = persona;
    this.#look();
  }

  /** Stores a record of any of the sessions. */
  async publish(record: SlotRecord): Promise<void> {
    await this.#open.get(hex(record.cardHash))!.publish(record);
  }

  /** Records what happened to the persona under the card that speaks. */
  async event(event: PersonaEvent): Promise<void> {
    await this.#open.get(hex((this.#voice ?? this.session).cardHash))!.event(event);
  }

  /** The last record of a session is signed. */
  ended(cardHash: Uint8Array, checkpoints: readonly Checkpoint[]): void {
    const speaking = this.#open.get(hex(cardHash))!;
    this.#open.delete(hex(cardHash));
    const ending = speaking.end(checkpoints);
    this.#ending.push(ending);
    ending.catch(this.#options.failed);
  }

  #answer(speaking: SpeakingSession): void {
    const { cardHash } = speaking.session;
    // The answer is made with the keys of the session that speaks: a nonce for another one has to wait.
    speaking.answerWith((nonce) => this.#voice!.challenge(cardHash, nonce));
  }

  #look(): void {
    if (this.#closed || this.#renewing || !this.#voice) return;
    const { card, slots } = this.session;
    const slotIn = (ms: number): number => Math.max(1, slotAtMs(operatorNowMs() + ms - card.t0Ms));
    const lastSlot = Math.min(slots, slotIn(this.#leadMs));
    const other = this.#persona.voice !== this.#wanted.voice || this.#persona.role !== this.#wanted.role;
    if (slotIn(BEFORE_END_MS) <= slots && !(other && lastSlot >= LEAST_SLOTS)) return;
    this.#renewing = this.#renew({ lastSlot, reason: other ? 'persona' : 'time', persona: this.#wanted })
      .catch((error) => {
        // A database that is away for a moment is asked again, as long as the card lasts.
        if (lastSlot === slots) this.#options.failed(error);
      })
      .finally(() => {
        this.#renewing = null;
      });
  }

  async #renew(how: Omit<RenewalRequest, 'durationSeconds'>): Promise<void> {
    const next = await this.#newest.renew({ ...how, durationSeconds: this.#options.cardSeconds });
    const { session } = next.speaking;
    // Whatever the voice signs under it finds its place.
    this.#open.set(hex(session.cardHash), next.speaking);
    if (this.#closed || !(await this.#voice!.renew(session, how.lastSlot))) {
      this.#leadMs *= 2;
      this.ended(session.cardHash, []);
      return;
    }
    this.#leadMs = LEAD_MS;
    this.#newest = next.speaking;
    this.#persona = how.persona;
    this.#answer(next.speaking);
    await next.announce();
    this.#options.onRenewed(how.reason);
  }

  /** The call is over, and its voice has ended. Rejects when something could not be stored. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#timer) clearInterval(this.#timer);
    await this.#renewing;
    for (const speaking of this.#open.values()) this.#ending.push(speaking.end([]));
    await Promise.all(this.#ending);
  }
}
