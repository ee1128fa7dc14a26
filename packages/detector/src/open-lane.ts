/**
 * The open lane of one track: protocol frames read from the sound alone. Until a locator is known every slot may be the last heard
 * of a group, and a group may be whole or not yet; a LOC frame is the same each time, so groups next to each other add up.
 */
import { CODED_BITS, decodeGroup, encodeGroup, LANE_BITS_PER_SLOT, SLOTS_PER_GROUP } from '@undertone/signal';
import { bitsToBytes, decodeFrame, type Frame, FrameType, type Lane } from '@undertone/token';

/** Information above the 48 bits of a locator that a claim needs, bits: at most 2^−24 false claims per reading tried. */
const CLAIM_MARGIN = 24;
/** Information that a frame of a known session needs: its check has the locator in it. */
const FRAME_MARGIN = 16;
const BODY_BITS = 48;
/** Information below which decoding is not tried. */
const TRY_BITS = 56;
/** Groups of ratios that are kept for adding. */
const KEPT_SLOTS = 12;

/** A checked frame. */
export interface HeardFrame {
  readonly frame: Frame;
  readonly lane: Lane;
  /** Track index of the group's first slot. */
  readonly firstIndex: number;
  /** Information that the ratios hold in favour of the frame, bits. */
  readonly information: number;
}

/** Σ 1 − log2(1 + e^(−xℓ)) of the ratios for the coded bits of a frame. */
export function informationFor(llr: Float32Array, coded: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < llr.length; i++) if (llr[i] !== 0) sum += 1 - Math.log1p(Math.exp(coded[i] ? -llr[i] : llr[i])) / Math.LN2;
  return sum;
}

/** The most that any bits could hold. */
const capacity = (llr: Float32Array): number => {
  let sum = 0;
  for (const l of llr) sum += 1 - Math.log1p(Math.exp(-Math.abs(l))) / Math.LN2;
  return sum;
};

/** Decodes a group; null unless the check holds and the information suffices. */
export function readGroup(
  llr: Float32Array,
  lane: Lane,
  locator: Uint8Array | null,
): { frame: Frame; information: number } | null {
  if (capacity(llr) < TRY_BITS) return null;
  for (const { bits } of decodeGroup(llr)) {
    const bytes = bitsToBytes(bits);
    const frame = decodeFrame(bytes, lane, locator);
    if (!frame) continue;
    const information = informationFor(llr, encodeGroup(bits));
    const margin = locator === null || frame.type === FrameType.LOC ? CLAIM_MARGIN : FRAME_MARGIN;
    if (information >= BODY_BITS + margin) return { frame, information };
  }
  return null;
}

/** Follows one track. */
export class OpenLane {
  readonly #slots: { index: number; llr: Float32Array }[] = [];
  /** Track index modulo 4 of the groups' first slots, once known. */
  #phase: number | null = null;
  #locator: Uint8Array | null = null;
  /** Readings tried while nothing was known; each is charged to the false-alarm probability. */
  tries = 0;

  get locator(): Uint8Array | null {
    return this.#locator;
  }

  /** Track index modulo 4 where groups begin; null before the locator. */
  get groupPhase(): number | null {
    return this.#phase;
  }

  /** @returns the frames that became readable with this slot */
  push(index: number, llr: Float32Array): HeardFrame[] {
    this.#slots.push({ index, llr });
    if (this.#slots.length > KEPT_SLOTS) this.#slots.shift();
    if (this.#locator) {
      const first = index - SLOTS_PER_GROUP + 1;
      return mod4(first - this.#phase!) === 0 ? this.#known(first) : [];
    }
    for (let place = 0; place < SLOTS_PER_GROUP; place++) {
      const first = index - place;
      for (const back of [0, 1, 2]) {
        const llrs = this.#sum(first, back);
        if (!llrs) break;
        this.tries++;
        const read = readGroup(llrs, 'open', null);
        if (read?.frame.type !== FrameType.LOC) continue;
        this.#locator = read.frame.body.slice();
        this.#phase = mod4(first);
        return [{ ...read, lane: 'open', firstIndex: first }];
      }
    }
    return [];
  }

  #known(first: number): HeardFrame[] {
    const llr = this.#group(first);
    const read = llr && readGroup(llr, 'open', this.#locator);
    return read ? [{ ...read, lane: 'open', firstIndex: first }] : [];
  }

  /** Ratios of the group from `first`, missing slots as zeros; null when none of it is kept. */
  #group(first: number): Float32Array | null {
    const out = new Float32Array(CODED_BITS);
    let some = false;
    for (const { index, llr } of this.#slots) {
      const place = index - first;
      if (place < 0 || place >= SLOTS_PER_GROUP) continue;
      out.set(llr, place * LANE_BITS_PER_SLOT);
      some = true;
    }
    return some ? out : null;
  }

  /** The group from `first` with the `back` groups before it added; null when there are not that many. */
  #sum(first: number, back: number): Float32Array | null {
    const out = this.#group(first);
    for (let g = 1; out && g <= back; g++) {
      const before = this.#group(first - g * SLOTS_PER_GROUP);
      if (!before) return null;
      for (let i = 0; i < out.length; i++) out[i] += before[i];
    }
    return out;
  }
}

const mod4 = (x: number): number => ((x % SLOTS_PER_GROUP) + SLOTS_PER_GROUP) % SLOTS_PER_GROUP;
