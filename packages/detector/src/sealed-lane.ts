/**
 * The sealed lane from the sound alone: once a KEY frame discloses a key, the slots heard before it are unmasked and read. Where the track stands in the session is not known, only what the key's counter leaves open: the places are
 * tried until frames can be read.
 */
import { type Card, ChainVerifier, COUNTERS, FrameType, PARTS_PER_SLOT, SLOT_MS } from '@undertone/token';
import { type Observation, unmask } from './heard.ts';
import { type HeardFrame, LaneReader } from './lane-reader.ts';

/** Slots by which a place is judged. */
const PROBE_SLOTS = 32;
/** Hashes spent on finding which slot a key belongs to. */
const MAX_HASHES = 200_000;

/** A frame of the sealed lane with its place in the session. */
export interface SealedFrame extends HeardFrame {
  /** The part of the session with which it begins. */
  readonly sessionPart: number;
}

/** Reads the sealed lane of one track of one session. */
export class SealedLane {
  readonly #card: Card;
  readonly #chain: ChainVerifier;
  /** Slot of the session minus index in the track; null until it is found. */
  #offset: number | null = null;
  readonly #reader: LaneReader;
  #read = -Infinity;

  constructor(card: Card) {
    this.#card = card;
    this.#chain = new ChainVerifier(card.chainRoot, card.sessionKey, card.slots);
    this.#reader = new LaneReader('sealed', card.locator);
  }

  /** Slot of the session minus index in the track; null until it is known. */
  get offset(): number | null {
    return this.#offset;
  }

  key(slot: number): Uint8Array | null {
    return this.#chain.keyForSlot(slot);
  }

  /** Takes a frame of the open lane, and the slots heard so far. @returns the sealed frames that a key made readable */
  open({ frame, firstPart }: HeardFrame, slots: readonly Observation[]): SealedFrame[] {
    if (frame.type !== FrameType.KEY) return [];
    const index = Math.floor(firstPart / PARTS_PER_SLOT);
    const slot = this.#accept(frame.ctr, frame.body, index);
    return slot === null ? [] : this.#readTo(slot, index, slots);
  }

  /** Finds the slot of a key by hashing it down. @returns it, or null when the key is not of this chain */
  #accept(residue: number, key: Uint8Array, heardIndex: number): number | null {
    // With the place known only one slot fits.
    const latest = this.#offset === null ? this.#card.slots : heardIndex + this.#offset - 1;
    let hashes = 0;
    for (let slot = latest - ((((latest - residue) % COUNTERS) + COUNTERS) % COUNTERS); slot >= 1; slot -= COUNTERS) {
      hashes += slot - this.#chain.newestSlot;
      if (hashes > MAX_HASHES) return null;
      if (this.#chain.accept(slot, key)) return slot;
      if (this.#offset !== null) return null;
    }
    return null;
  }

  #readTo(slot: number, keyIndex: number, slots: readonly Observation[]): SealedFrame[] {
    if (this.#offset === null) {
      // A key goes out as soon as it is due, so this place is far likelier than the others.
      const usual = slot + 1 + Math.ceil((this.#card.delaySeconds * 1000) / SLOT_MS) - keyIndex;
      const places = [usual, ...Array.from({ length: COUNTERS }, (_, i) => slot + 1 + i - keyIndex).filter((o) => o !== usual)];
      this.#offset = places.find((offset) => this.#probe(slots, offset, slot)) ?? null;
      if (this.#offset === null) return [];
    }
    return this.#frames(this.#reader, slots, this.#offset, slot, this.#read);
  }

  #probe(slots: readonly Observation[], offset: number, slot: number): boolean {
    const reader = new LaneReader('sealed', this.#card.locator);
    return this.#frames(reader, slots, offset, slot, slot - offset - PROBE_SLOTS).length > 0;
  }

  /** Reads the slots after index `from` whose keys are known. */
  #frames(reader: LaneReader, slots: readonly Observation[], offset: number, newest: number, from: number): SealedFrame[] {
    const frames: SealedFrame[] = [];
    for (const { index, sealed } of slots) {
      const slot = index + offset;
      if (index <= from || slot < 1 || slot > newest) continue;
      const llr = unmask(sealed, this.#chain.keyForSlot(slot)!, this.#card.cardHash, slot);
      for (const frame of reader.push(index, llr))
        frames.push({ ...frame, sessionPart: frame.firstPart + (offset - 1) * PARTS_PER_SLOT });
      if (reader === this.#reader) this.#read = index;
    }
    return frames;
  }
}
