/**
 * Reads protocol frames from one lane of one track. A frame lasts 4 to 16 parts and nothing marks where it begins, so with every part all
 * lengths are tried; the check, and the information in favour of the frame, decide. A symbol's number usually follows the one before, and a
 * frame whose first byte is expected needs eight bits less to be found.
 */
import {
  CODEWORD_BITS,
  codewordPart,
  decodeCodeword,
  encodeCodeword,
  LANE_BITS_PER_PART,
  PARTS_PER_SLOT,
} from '@undertone/signal';
import {
  bitInformation,
  bitsToBytes,
  bytesToBits,
  decodeFrame,
  type Frame,
  FrameType,
  type Lane,
  MAX_FRAME_PARTS,
  MIN_FRAME_PARTS,
} from '@undertone/token';

/** Information in favour of a frame that is needed, bits: 24 above a locator's 48, 16 above the 56 that are free in another frame. */
export const FRAME_INFORMATION = 72;
/** The same where the first byte was expected. */
const EXPECTED_INFORMATION = 64;
/** Numbers after the last one that are expected: one frame may have been lost. */
const EXPECTED_NUMBERS = 2;
const COUNTERS = 32;

/** A checked frame. */
export interface HeardFrame {
  readonly frame: Frame;
  /** Its first part, and the one with which it became readable, counted like the track's slots: slot index i has parts 2 i and 2 i + 1. */
  readonly firstPart: number;
  readonly lastPart: number;
  /** Information that the ratios hold in favour of the frame, bits. */
  readonly information: number;
}

/** Σ 1 − log2(1 + e^(−xℓ)) of the ratios for the coded bits of a frame, the most that any bits could hold when none are given. */
export function informationFor(llr: Float32Array, coded?: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < llr.length; i++)
    if (llr[i] !== 0) sum += bitInformation(coded ? (coded[i] ? llr[i] : -llr[i]) : Math.abs(llr[i]));
  return sum;
}

/**
 * Decodes the ratios of a codeword; null unless the check holds and the information suffices.
 * @param first the frame's first byte, where it is expected
 */
export function readFrame(
  llr: Float32Array,
  lane: Lane,
  locator: Uint8Array | null,
  first?: number,
): { frame: Frame; information: number } | null {
  const needed = first === undefined || locator === null ? FRAME_INFORMATION : EXPECTED_INFORMATION;
  if (informationFor(llr) < needed) return null;
  for (const { bits } of decodeCodeword(llr, first === undefined ? undefined : bytesToBits(Uint8Array.of(first)))) {
    const frame = decodeFrame(bitsToBytes(bits), lane, locator);
    if (!frame) continue;
    const information = informationFor(llr, encodeCodeword(bits));
    if (information >= needed) return { frame, information };
  }
  return null;
}

/** Follows one lane. */
export class LaneReader {
  readonly #lane: Lane;
  readonly #parts: { part: number; llr: Float32Array }[] = [];
  /** Parts before this one belong to frames already read. */
  #free = -Infinity;
  /** The session's locator; while it is null only LOC frames can be read. */
  locator: Uint8Array | null;
  /** Readings tried, each to be charged to a false-alarm probability. */
  tries = 0;
  /** The newest symbol and the newest AUTH, whose numbers the next ones follow; at the start, what the first ones follow. */
  #symbol: Pick<Frame, 'type' | 'ctr'> = { type: FrameType.CARD, ctr: COUNTERS - 1 };
  #auth: Pick<Frame, 'type' | 'ctr'> = { type: FrameType.AUTH, ctr: 0 };

  constructor(lane: Lane, locator: Uint8Array | null = null) {
    this.#lane = lane;
    this.locator = locator;
  }

  /**
   * @param index number of the slot in its track; numbers rise, those left out were not heard
   * @param llr [64] ratios of the lane
   * @returns the frames that became readable with this slot; a LOC read while the locator is unknown sets it
   */
  push(index: number, llr: Float32Array): HeardFrame[] {
    const frames: HeardFrame[] = [];
    for (let half = 0; half < PARTS_PER_SLOT; half++) {
      const part = index * PARTS_PER_SLOT + half;
      this.#parts.push({ part, llr: llr.subarray(half * LANE_BITS_PER_PART, (half + 1) * LANE_BITS_PER_PART) });
      if (this.#parts.length > MAX_FRAME_PARTS) this.#parts.shift();
      const frame = this.#read(part);
      if (!frame) continue;
      if (frame.frame.type === FrameType.LOC) this.locator ??= frame.frame.body.slice();
      this.#expect(frame.frame);
      frames.push(frame);
    }
    return frames;
  }

  #read(lastPart: number): HeardFrame | null {
    const oldest = Math.max(this.#free, this.#parts[0].part, lastPart - MAX_FRAME_PARTS + 1);
    for (let firstPart = lastPart - MIN_FRAME_PARTS + 1; firstPart >= oldest; firstPart--) {
      const llr = this.#codeword(firstPart);
      for (const first of this.#expected()) {
        this.tries++;
        const read = readFrame(llr, this.#lane, this.locator, first);
        if (!read) continue;
        this.#free = lastPart + 1;
        return { ...read, firstPart, lastPart };
      }
    }
    return null;
  }

  #expect(frame: Frame): void {
    if (frame.type === FrameType.AUTH) this.#auth = frame;
    else if (frame.type >= FrameType.CARD && frame.type <= FrameType.CKPT1) this.#symbol = frame;
  }

  /** First bytes that may come next; `undefined` stands for any. */
  #expected(): (number | undefined)[] {
    if (!this.locator) return [FrameType.LOC << 5];
    const after = ({ type, ctr }: Pick<Frame, 'type' | 'ctr'>): number[] =>
      Array.from({ length: EXPECTED_NUMBERS }, (_, i) => (type << 5) | ((ctr + 1 + i) % COUNTERS));
    return [undefined, ...after(this.#symbol), ...(this.#lane === 'sealed' ? after(this.#auth) : [])];
  }

  /** Ratios of the codeword of a frame that begins at `firstPart`; parts sent twice add up. */
  #codeword(firstPart: number): Float32Array {
    const out = new Float32Array(CODEWORD_BITS);
    for (const { part, llr } of this.#parts) {
      if (part < firstPart) continue;
      const sum = codewordPart(out, part - firstPart);
      for (let i = 0; i < sum.length; i++) sum[i] += llr[i];
    }
    return out;
  }
}
