/** The sessions of one voice, one after the other: each model frame, tile and slot of the voice goes to the session that it belongs to. */
import { FRAMES_PER_SLOT, TILES_PER_SLOT } from '@undertone/signal';
import type { AuthState, Checkpoint, Session } from '@undertone/token';
import type { EncoderOptions } from './encoder.ts';
import type { SelfCheckSink } from './self-check.ts';
import type { CarriedStats } from './slot-log.ts';
import { Tenure } from './tenure.ts';

/** What all sessions together have done. */
export type VoiceStats = CarriedStats & { slots: number };

const slotOfFrame = (frame: number): number => Math.floor(frame / FRAMES_PER_SLOT) + 1;

export class Tenures implements SelfCheckSink {
  readonly #options: EncoderOptions;
  /** The session that speaks, before it one whose last slot is not signed yet, after it those that will go on. Never empty. */
  #tenures: Tenure[];
  /** Model frames whose bits are chosen. */
  #chosen = 0;
  /** Of sessions that are over. */
  readonly #past: VoiceStats = { framesMarked: 0, framesCarried: 0, information: 0, slots: 0 };

  constructor(options: EncoderOptions) {
    this.#options = options;
    this.#tenures = [new Tenure(options.session, 0, options)];
  }

  get checkpoints(): readonly Checkpoint[] {
    return this.#tenures[0].checkpoints;
  }

  get stats(): VoiceStats {
    const sums = { ...this.#past };
    for (const tenure of this.#tenures) addTo(sums, tenure);
    return sums;
  }

  /** The session that a slot of the voice belongs to. */
  at(slot: number): Tenure {
    return this.#tenures.findLast(({ before }) => before < slot) ?? this.#tenures[0];
  }

  /** Has another session continue the newest one. @returns false when it is too late for that. Throws `encoder-not-next` */
  renew(next: Session, lastSlot: number): boolean {
    const newest = this.#tenures.at(-1)!;
    if (this.#chosen > (newest.before + lastSlot) * FRAMES_PER_SLOT) return false;
    this.#tenures.push(new Tenure(next, newest.endAfter(lastSlot, next), this.#options));
    return true;
  }

  /** The four coded bits of a model frame, ±1; null after the last slot of the last card. */
  bits(frame: number): Int8Array | null {
    this.#chosen = frame + 1;
    return this.at(slotOfFrame(frame)).bits(frame);
  }

  level(tile: number, levels: Float32Array): void {
    this.at(Math.floor(tile / TILES_PER_SLOT) + 1).level(tile, levels);
  }

  frame(frame: number, llr: Float32Array): void {
    this.at(slotOfFrame(frame)).frame(frame, llr);
  }

  /** One piece of what is left to do for slots that have ended. */
  work(): void {
    if (this.#tenures.some((tenure) => tenure.work())) this.#retire();
  }

  /** The slot ends here, whatever was to follow in it. */
  cut(slot: number, state: AuthState): void {
    this.at(slot).note(slot, state);
    for (const tenure of this.#tenures) tenure.signUpTo(slot);
    this.#retire();
  }

  /** The voice ends in this slot. */
  end(slot: number): void {
    this.cut(slot, 'end');
    // A session that was to go on and never spoke has nothing to sign.
    this.#tenures = this.#tenures.filter(({ before }) => before < slot);
    for (const tenure of this.#tenures) this.#finish(tenure);
  }

  /** Lets go of sessions whose last slot is signed and that others continue. */
  #retire(): void {
    while (this.#tenures.length > 1 && this.#tenures[0].over) {
      const tenure = this.#tenures.shift()!;
      addTo(this.#past, tenure);
      this.#finish(tenure);
    }
  }

  #finish(tenure: Tenure): void {
    tenure.finish();
    this.#options.onSessionEnd?.(tenure.session, tenure.checkpoints);
  }
}

function addTo(sums: VoiceStats, { stats, slots }: Tenure): void {
  sums.framesMarked += stats.framesMarked;
  sums.framesCarried += stats.framesCarried;
  sums.information += stats.information;
  sums.slots += slots;
}
