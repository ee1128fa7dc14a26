/** What each model frame must carry: protocol frames, coded, and the sealed half masked with the slot's key. */
import { BITS_PER_FRAME, CODED_BITS, encodeGroup, FRAMES_PER_SLOT, LANE_BITS_PER_SLOT, SLOTS_PER_GROUP } from '@undertone/signal';
import { bitsToBytes, bytesToBits, type FrameScheduler, type Session } from '@undertone/token';

const FRAMES_PER_GROUP = FRAMES_PER_SLOT * SLOTS_PER_GROUP;
const LANE_BITS = BITS_PER_FRAME / 2;

interface Group {
  open: Uint8Array;
  sealed: Uint8Array;
  mask: Uint8Array;
}

/** Coded bits by model frame, made a group at a time and kept while a self-check may still ask. */
export class Lanes {
  readonly #session: Session;
  readonly #scheduler: FrameScheduler;
  readonly #beforeGroup: (group: number) => void;
  readonly #groups = new Map<number, Group>();

  /** @param beforeGroup called once before a group's frames are chosen, so that the epoch before can be told */
  constructor(session: Session, scheduler: FrameScheduler, beforeGroup: (group: number) => void) {
    this.#session = session;
    this.#scheduler = scheduler;
    this.#beforeGroup = beforeGroup;
  }

  /** The four coded bits of a model frame, ±1; null after the card's last slot. */
  bits(frame: number): Int8Array | null {
    if (frame >= this.#session.slots * FRAMES_PER_SLOT) return null;
    const group = this.#group(Math.floor(frame / FRAMES_PER_GROUP));
    const at = (frame % FRAMES_PER_GROUP) * LANE_BITS;
    const out = new Int8Array(BITS_PER_FRAME);
    for (let i = 0; i < LANE_BITS; i++) {
      out[i] = group.open[at + i] ? 1 : -1;
      out[LANE_BITS + i] = group.sealed[at + i] ^ group.mask[at + i] ? 1 : -1;
    }
    return out;
  }

  /** The 8 sealed bytes of a slot before masking, for its record. */
  sealedBytes(slot: number): Uint8Array {
    const { sealed } = this.#group(Math.floor((slot - 1) / SLOTS_PER_GROUP));
    const at = ((slot - 1) % SLOTS_PER_GROUP) * LANE_BITS_PER_SLOT;
    return bitsToBytes(sealed.subarray(at, at + LANE_BITS_PER_SLOT));
  }

  #group(index: number): Group {
    const known = this.#groups.get(index);
    if (known) return known;
    this.#beforeGroup(index);
    const coded = (lane: 'open' | 'sealed'): Uint8Array => encodeGroup(bytesToBits(this.#scheduler.nextBytes(lane, index)));
    const mask = new Uint8Array(CODED_BITS);
    for (let s = 0; s < SLOTS_PER_GROUP; s++)
      mask.set(bytesToBits(this.#session.sealMask(index * SLOTS_PER_GROUP + s + 1)), s * LANE_BITS_PER_SLOT);
    const made = { open: coded('open'), sealed: coded('sealed'), mask };
    this.#groups.set(index, made);
    this.#groups.delete(index - 2);
    return made;
  }
}
