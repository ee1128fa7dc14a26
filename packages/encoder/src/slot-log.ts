/** Turns what the self-check heard into what the session signs: slot records, epoch digests, and which frames were carried. */
import {
  BANDS,
  BITS_PER_FRAME,
  epochDigest,
  FRAMES_PER_SLOT,
  type SlotDigest,
  slotDigest,
  TILES_PER_SLOT,
  withoutTail,
} from '@undertone/signal';
import {
  type AuthState,
  bitInformation,
  digestSelection,
  epochOfSlot,
  type FrameScheduler,
  type Session,
  type SlotRecord,
} from '@undertone/token';
import type { Lanes } from './lanes.ts';
import type { SelfCheckSink } from './self-check.ts';

/** Information in a frame's four bits from which it counts as carried, bits. */
const CARRIED_FRAME = 0.4;

const LANE_BITS = BITS_PER_FRAME / 2;

/** Counts of what was done so far. */
export interface CarriedStats {
  framesMarked: number;
  framesCarried: number;
  /** Information carried in both lanes, bits. */
  information: number;
}

/** A slot that has ended and waits to be signed. */
interface EndedSlot {
  readonly slot: number;
  readonly sentMap: number;
  readonly state: AuthState;
}

/** Follows the slots of one session. What takes a while at their ends is done piece by piece, see {@link SlotLog.work}. */
export class SlotLog implements SelfCheckSink {
  readonly stats: CarriedStats = { framesMarked: 0, framesCarried: 0, information: 0 };
  readonly #session: Session;
  readonly #scheduler: FrameScheduler;
  readonly #lanes: Lanes;
  readonly #onRecord: (record: SlotRecord) => void;
  readonly #levels = new Map<number, Float32Array>();
  readonly #digests = new Map<number, SlotDigest>();
  readonly #states = new Map<number, AuthState>();
  /** Slots of the epoch in which something was carried. */
  readonly #carried = new Set<number>();
  readonly #ended: EndedSlot[] = [];
  #sentMap = 0;
  #endedSlot = 0;
  #signedSlot = 0;

  constructor(
    session: Session,
    scheduler: FrameScheduler,
    lanes: (log: SlotLog) => Lanes,
    onRecord: (record: SlotRecord) => void,
  ) {
    this.#session = session;
    this.#scheduler = scheduler;
    this.#onRecord = onRecord;
    this.#lanes = lanes(this);
  }

  get lanes(): Lanes {
    return this.#lanes;
  }

  /** Slots signed so far. */
  get slots(): number {
    return this.#signedSlot;
  }

  /** Notes what became of the speech in a slot; the last word counts. */
  note(slot: number, state: AuthState): void {
    this.#states.set(slot, state);
  }

  /** Tells the scheduler the outcome of the epoch that ends where `slot` begins, if one does. */
  closeEpoch(slot: number): void {
    const { epochSlots } = this.#session.card;
    const last = slot - 1;
    if (last === 0 || last % epochSlots !== 0) return;
    const slots = Array.from({ length: epochSlots }, (_, i) => last - epochSlots + 1 + i);
    const digests = slots.map((s) =>
      s === last ? this.#digest(s, withoutTail(this.#levelsOf(s))) : (this.#digests.get(s) ?? this.#digest(s)),
    );
    const interrupted = slots.some((s) => this.#states.get(s) === 'interrupted');
    const state = interrupted ? 'interrupted' : slots.some((s) => this.#carried.has(s)) ? 'full' : 'void';
    this.#scheduler.closeEpoch(epochOfSlot(last, epochSlots), state, epochDigest(digests));
    for (const s of slots) {
      this.#digests.delete(s);
      this.#carried.delete(s);
    }
  }

  level(tile: number, levels: Float32Array): void {
    const slot = Math.floor(tile / TILES_PER_SLOT) + 1;
    let rows = this.#levels.get(slot);
    if (!rows) {
      rows = new Float32Array(TILES_PER_SLOT * BANDS).fill(-Infinity);
      this.#levels.set(slot, rows);
    }
    rows.set(levels, (tile % TILES_PER_SLOT) * BANDS);
  }

  frame(frame: number, llr: Float32Array): void {
    const slot = Math.floor(frame / FRAMES_PER_SLOT) + 1;
    const bits = this.#lanes.bits(frame);
    if (!bits) return;
    const [open, sealed] = [0, LANE_BITS].map((first) => {
      let w = 0;
      for (let i = first; i < first + LANE_BITS; i++) w += bitInformation(llr[i] * bits[i]);
      return w;
    });
    this.#lanes.heard(frame, 'open', open);
    this.#lanes.heard(frame, 'sealed', sealed);
    const sum = open + sealed;
    this.stats.framesMarked++;
    if (sum > CARRIED_FRAME) {
      this.stats.framesCarried++;
      this.#carried.add(slot);
      this.stats.information += sum;
      this.#sentMap |= 0x80000000 >>> (frame % FRAMES_PER_SLOT);
    }
    if (frame % FRAMES_PER_SLOT === FRAMES_PER_SLOT - 1) this.#end(slot);
  }

  #end(slot: number): void {
    if (slot <= this.#endedSlot || slot > this.#session.slots) return;
    this.#endedSlot = slot;
    const state = this.#states.get(slot) ?? (this.#sentMap === 0 ? 'void' : 'full');
    this.#ended.push({ slot, sentMap: this.#sentMap >>> 0, state });
    this.#sentMap = 0;
  }

  /** One piece of what is left to do for slots that have ended: a digest, or a record. @returns whether there was one */
  work(): boolean {
    const ended = this.#ended[0];
    if (!ended) return false;
    const { slot } = ended;
    const digest = this.#digests.get(slot);
    if (!digest) {
      this.#digests.set(slot, this.#digest(slot));
      this.#levels.delete(slot);
      return true;
    }
    this.#ended.shift();
    this.#signedSlot = slot;
    // The last slot of an epoch ends after the epoch was told.
    if (slot % this.#session.card.epochSlots === 0) this.#digests.delete(slot);
    this.#onRecord(this.#session.createRecord({ ...ended, sealedBits: this.#lanes.sealedBytes(slot), digest: digest.bits }));
    return true;
  }

  /** Ends all slots up to one, also if it is unfinished, and signs them. */
  finish(slot: number): void {
    for (let s = this.#endedSlot + 1; s <= slot; s++) this.#end(s);
    while (this.work());
  }

  #digest(slot: number, levels: Float32Array = this.#levelsOf(slot)): SlotDigest {
    return slotDigest(levels, digestSelection(this.#session.keyForSlot(slot), this.#session.cardHash, slot));
  }

  #levelsOf(slot: number): Float32Array {
    return this.#levels.get(slot) ?? new Float32Array(TILES_PER_SLOT * BANDS).fill(-Infinity);
  }
}
