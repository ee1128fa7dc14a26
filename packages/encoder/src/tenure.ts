/**
 * One session's time in the voice: what it sends, what it signs, what it hears. A voice whose card is renewed goes through several, one
 * after the other. Frames, tiles and slots are counted from the voice's beginning here, and from the session's own inside.
 */
import { FRAMES_PER_SLOT, SLOT, TILES_PER_SLOT } from '@undertone/signal';
import { type AuthState, type Checkpoint, FrameScheduler, type Session, SLOT_MS } from '@undertone/token';
import { Ears } from './ears.ts';
import type { EncoderOptions } from './encoder.ts';
import { EncoderError } from './errors.ts';
import { Lanes } from './lanes.ts';
import type { SelfCheckSink } from './self-check.ts';
import { type CarriedStats, SlotLog } from './slot-log.ts';

export class Tenure implements SelfCheckSink {
  readonly session: Session;
  /** Slots of the voice before the session's first. */
  readonly before: number;
  /** The session's last slot; another session goes on after it, if one does. */
  #lastSlot: number;
  readonly #sampleRate: number;
  readonly #scheduler: FrameScheduler;
  readonly #log: SlotLog;
  #ears: Ears | null = null;

  constructor(session: Session, before: number, options: Omit<EncoderOptions, 'session'>) {
    const { sampleRate, nowMs, reserve = 1, onRecord = () => {} } = options;
    this.session = session;
    this.before = before;
    this.#lastSlot = session.slots;
    this.#sampleRate = sampleRate;
    this.#scheduler = new FrameScheduler(session, nowMs ? { nowMs } : {});
    const lanes = (log: SlotLog): Lanes => new Lanes(session, this.#scheduler, reserve, (slot) => log.closeEpoch(slot));
    this.#log = new SlotLog(session, this.#scheduler, lanes, onRecord);
  }

  get stats(): CarriedStats {
    return this.#log.stats;
  }

  /** Slots signed so far. */
  get slots(): number {
    return this.#log.slots;
  }

  get checkpoints(): readonly Checkpoint[] {
    return this.#scheduler.checkpoints;
  }

  /** Whether the last slot is signed. */
  get over(): boolean {
    return this.#log.slots >= this.#lastSlot;
  }

  /** Gives way to `next` after a slot of this session. @returns slots of the voice before the next session. Throws `encoder-not-next` */
  endAfter(lastSlot: number, next: Session): number {
    const { t0Ms, family } = this.session.card;
    if (!Number.isInteger(lastSlot) || lastSlot < 1 || lastSlot > this.session.slots)
      throw new EncoderError('encoder-not-next', `slot ${lastSlot} of ${this.session.slots}`);
    if (next.card.family !== family || next.card.t0Ms !== t0Ms + lastSlot * SLOT_MS)
      throw new EncoderError('encoder-not-next', 'the session has other chips, or begins at another time');
    this.#lastSlot = lastSlot;
    return this.before + lastSlot;
  }

  /** The four coded bits of a model frame, ±1; null after the card's last slot. */
  bits(frame: number): Int8Array | null {
    return this.#log.lanes.bits(frame - this.before * FRAMES_PER_SLOT);
  }

  level(tile: number, levels: Float32Array): void {
    this.#log.level(tile - this.before * TILES_PER_SLOT, levels);
  }

  frame(frame: number, llr: Float32Array): void {
    this.#log.frame(frame - this.before * FRAMES_PER_SLOT, llr);
  }

  note(slot: number, state: AuthState): void {
    this.#log.note(slot - this.before, state);
  }

  challenge(nonce: Uint8Array): number | null {
    return this.#scheduler.challenge(nonce);
  }

  /** @param atCore where the voice is, core samples */
  heard(chunk: Float32Array, atCore: number): void {
    this.#ears ??= new Ears(this.session, this.#sampleRate, (slot, digest) => this.#scheduler.heard(slot, digest));
    this.#ears.push(chunk, atCore - this.before * SLOT);
  }

  /** One piece of what is left to do for slots that have ended. @returns whether there was one */
  work(): boolean {
    return this.#log.work();
  }

  /** Signs what is not signed yet up to a slot of the voice, as far as it is the session's. */
  signUpTo(slot: number): void {
    this.#log.finish(Math.min(slot - this.before, this.#lastSlot));
  }

  /** Nothing more is said: frames on their way count if they were carried so far, and the last checkpoint is signed. */
  finish(): void {
    this.#log.lanes.end();
    this.#scheduler.finish();
  }
}
