/** Turns what the self-check heard into what the session signs: slot records, epoch digests, and which frames were carried. */
import {
  BANDS,
  BITS_PER_FRAME,
  epochDigest,
  FRAMES_PER_SLOT,
  SLOTS_PER_GROUP,
  type SlotDigest,
  slotDigest,
  TILES_PER_SLOT,
} from '@undertone/signal';
import {
  type AuthState,
  digestSelection,
  epochOfSlot,
  type FrameScheduler,
  lastSlotOfGroup,
  type Session,
  type SlotRecord,
} from '@undertone/token';
import type { Lanes } from './lanes.ts';
import type { SelfCheckSink } from './self-check.ts';

/** Information in a frame's four bits from which it counts as carried, bits. */
const CARRIED_FRAME = 0.4;
/** Information that a lane must gather over a group for its frame to be called carried: 72 bits and a reserve for the channel. */
const CARRIED_GROUP = 95;
/** Tiles at the end of an epoch that its digest leaves out, because the AUTH must be ready when the next epoch begins. */
export const EPOCH_TAIL_TILES = 16;

const information = (llr: number, bit: number): number => 1 - Math.log1p(Math.exp(-llr * bit)) / Math.LN2;

/** Counts of what was done so far. */
export interface CarriedStats {
  framesMarked: number;
  framesCarried: number;
  /** Information carried in both lanes, bits. */
  information: number;
}

/** Follows the slots of one session. */
export class SlotLog implements SelfCheckSink {
  readonly stats: CarriedStats = { framesMarked: 0, framesCarried: 0, information: 0 };
  readonly #session: Session;
  readonly #scheduler: FrameScheduler;
  readonly #lanes: Lanes;
  readonly #onRecord: (record: SlotRecord) => void;
  readonly #levels = new Map<number, Float32Array>();
  readonly #digests = new Map<number, SlotDigest>();
  readonly #states = new Map<number, AuthState>();
  #sentMap = 0;
  #group = { open: 0, sealed: 0 };
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

  /** Tells the scheduler the outcome of the epoch that ends where `group` begins. */
  closeEpoch(group: number): void {
    const { epochSlots } = this.#session.card;
    const last = lastSlotOfGroup(group - 1);
    if (group === 0 || last % epochSlots !== 0 || last > this.#session.slots) return;
    const slots = Array.from({ length: epochSlots }, (_, i) => last - epochSlots + 1 + i);
    const digests = slots.map((s) =>
      s === last ? this.#digest(s, EPOCH_TAIL_TILES) : (this.#digests.get(s) ?? this.#digest(s, 0)),
    );
    const interrupted = slots.some((s) => this.#states.get(s) === 'interrupted');
    this.#scheduler.auth(epochOfSlot(last, epochSlots), interrupted ? 'interrupted' : 'full', epochDigest(digests));
    for (const s of slots) this.#digests.delete(s);
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
    let sum = 0;
    for (let i = 0; i < BITS_PER_FRAME; i++) {
      const w = information(llr[i], bits[i]);
      sum += w;
      this.#group[i < BITS_PER_FRAME / 2 ? 'open' : 'sealed'] += w;
    }
    this.stats.framesMarked++;
    if (sum > CARRIED_FRAME) {
      this.stats.framesCarried++;
      this.stats.information += sum;
      this.#sentMap |= 0x80000000 >>> (frame % FRAMES_PER_SLOT);
    }
    if (frame % FRAMES_PER_SLOT === FRAMES_PER_SLOT - 1) this.sign(slot);
  }

  /** Signs a slot's record, once; also for the unfinished slot at the end. */
  sign(slot: number): void {
    if (slot <= this.#signedSlot || slot > this.#session.slots) return;
    this.#signedSlot = slot;
    const digest = this.#digest(slot, 0);
    this.#digests.set(slot, digest);
    const state = this.#states.get(slot) ?? (this.#sentMap === 0 ? 'void' : 'full');
    this.#onRecord(
      this.#session.createRecord({
        slot,
        sentMap: this.#sentMap >>> 0,
        sealedBits: this.#lanes.sealedBytes(slot),
        digest: digest.bits,
        state,
      }),
    );
    this.#levels.delete(slot);
    this.#sentMap = 0;
    if (slot % SLOTS_PER_GROUP !== 0) return;
    const group = slot / SLOTS_PER_GROUP - 1;
    for (const lane of ['open', 'sealed'] as const) this.#scheduler.carried(lane, group, this.#group[lane] >= CARRIED_GROUP);
    this.#group = { open: 0, sealed: 0 };
  }

  #digest(slot: number, withoutTiles: number): SlotDigest {
    const rows = (this.#levels.get(slot) ?? new Float32Array(TILES_PER_SLOT * BANDS).fill(-Infinity)).slice();
    rows.fill(-Infinity, (TILES_PER_SLOT - withoutTiles) * BANDS);
    return slotDigest(rows, digestSelection(this.#session.keyForSlot(slot), this.#session.cardHash, slot));
  }
}
