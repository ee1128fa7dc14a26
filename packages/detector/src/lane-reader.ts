/**
 * Reads protocol frames from one lane of one track. A frame lasts 4 to 16 parts, a double one 6 to 32, and nothing marks where it begins or of
 * which kind it is, so with every part all lengths of both are tried; the check, and the information in favour of the frame, decide. A symbol's
 * number usually follows the one before, and a frame whose first byte is expected needs eight bits less to be found.
 */
import { codewordPart, DOUBLE_CODE, decodeCodeword, LANE_BITS_PER_PART, PARTS_PER_SLOT, SINGLE_CODE } from '@undertone/signal';
import {
  bitInformation,
  bitsToBytes,
  bytesToBits,
  COUNTERS,
  decodeFrame,
  FRAME_SHAPES,
  type Frame,
  type FrameKind,
  FrameType,
  frameKind,
  type Lane,
} from '@undertone/token';

/**
 * Information in favour of a frame that is needed, bits: 16 above what is free in it (56 of a single frame, 104 of a double one), eight less
 * where its first byte was expected.
 */
export const NEEDED: { readonly [kind in FrameKind]: { readonly any: number; readonly expected: number } } = {
  single: { any: 72, expected: 64 },
  double: { any: 120, expected: 112 },
};
/** Coded bits of a codeword. */
const CODED: { readonly [kind in FrameKind]: number } = { single: SINGLE_CODE.long.length, double: DOUBLE_CODE.long.length };
/**
 * Paths kept for a double frame whose first byte is expected: two to five bits of information fewer are needed than with the usual 16, for twice
 * the work. A single frame gains nothing.
 */
export const LONG_LIST = 32;
/** Numbers after the last one that are expected: one frame may have been lost. */
const EXPECTED_NUMBERS = 2;
const MAX_PARTS = FRAME_SHAPES.double.maxParts;
/**
 * What is not worth a decoder's time, as multiples of the information that any frame needs. On no channel of the matrix did ten parts that held a
 * frame's information hold more than 1.4 times the mean that their ratios promised, or less than 0.73 times. So a frame cannot be read from
 * parts that promise too little, and begins elsewhere where parts that promised more than enough, without the newest, did not give it.
 */
const LEAST_MEAN = 0.75;
const MOST_MEAN = 1.8;
/** Parts after a frame beyond which nobody knows how many were lost, and no first byte is expected. */
const EXPECTED_PARTS = 48;

/** A checked frame. */
export interface HeardFrame {
  readonly frame: Frame;
  /** Its first part, and the one with which it became readable, counted like the track's slots: slot index i has parts 2 i and 2 i + 1. */
  readonly firstPart: number;
  readonly lastPart: number;
  /** Information that the ratios hold in favour of the frame, bits. */
  readonly information: number;
}

/** Σ 1 − log2(1 + e^(−|ℓ|)): the most information that ratios could hold in favour of any bits. */
export function mostInformation(llr: Float32Array): number {
  let sum = 0;
  for (const l of llr) if (l !== 0) sum += bitInformation(Math.abs(l));
  return sum;
}

/**
 * Decodes the ratios of a codeword, 256 of a single or 512 of a double frame; null unless the check holds and the information suffices.
 * @param first the frame's first byte, where it is expected
 */
export function readFrame(
  llr: Float32Array,
  lane: Lane,
  locator: Uint8Array | null,
  first?: number,
): { frame: Frame; information: number } | null {
  const kind = llr.length === CODED.single ? 'single' : 'double';
  const needed = NEEDED[kind];
  // A locator's first byte is known to everyone, and says nothing in favour of one.
  const least = first === undefined || first === FrameType.LOC << 5 ? needed.any : needed.expected;
  const most = mostInformation(llr);
  // A bit that the ratio contradicts is worth |ℓ| / ln 2 less than one that it does not.
  const maxMetric = (most - least) * Math.LN2;
  if (maxMetric < 0) return null;
  const known = first === undefined ? undefined : bytesToBits(Uint8Array.of(first));
  for (const { bits, metric } of decodeCodeword(llr, {
    known,
    maxMetric,
    listSize: kind === 'double' && known ? LONG_LIST : undefined,
  })) {
    const frame = decodeFrame(bitsToBytes(bits), lane, locator);
    if (frame) return { frame, information: most - metric / Math.LN2 };
  }
  return null;
}

/** The information that ratios should hold if they are what they say they are: the mean of 1 − log2(1 + e^(−xℓ)) when x = 1 has P = 1 / (1 + e^(−ℓ)). */
function meanInformation(llr: Float32Array): number {
  let sum = 0;
  for (const l of llr) {
    if (l === 0) continue;
    const right = 1 / (1 + Math.exp(-Math.abs(l)));
    sum += right * bitInformation(Math.abs(l)) + (1 - right) * bitInformation(-Math.abs(l));
  }
  return sum;
}

/** Parts of a lane as they were heard. */
interface HeardPart {
  readonly part: number;
  readonly llr: Float32Array;
  /** {@link meanInformation} of the ratios. */
  readonly mean: number;
}

/** Follows one lane. */
export class LaneReader {
  readonly #lane: Lane;
  readonly #parts: HeardPart[] = [];
  /** Parts before this one belong to frames already read. */
  #free = -Infinity;
  /** The session's locator; while it is null only LOC frames can be read. */
  locator: Uint8Array | null;
  /** Readings tried, each to be charged to a false-alarm probability. */
  tries = 0;
  /** The last part in which a first byte is expected. */
  #expectedTo = EXPECTED_PARTS;
  /** The newest symbols and the newest AUTH, whose numbers the next ones follow; at the start, what the first ones follow. */
  #symbols: Pick<Frame, 'type' | 'ctr'> = { type: FrameType.CARD, ctr: COUNTERS - 2 };
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
      const ratios = llr.subarray(half * LANE_BITS_PER_PART, (half + 1) * LANE_BITS_PER_PART);
      this.#parts.push({ part, llr: ratios, mean: meanInformation(ratios) });
      while (this.#parts[0].part < Math.max(this.#free, part - MAX_PARTS + 1)) this.#parts.shift();
      const frame = this.#read(part);
      if (!frame) continue;
      if (frame.frame.type === FrameType.LOC) this.locator ??= frame.frame.body.slice();
      this.#expect(frame);
      frames.push(frame);
    }
    return frames;
  }

  #read(lastPart: number): HeardFrame | null {
    const { mean: newest } = this.#parts.at(-1)!;
    let mean = 0;
    for (let i = this.#parts.length - 1; i >= 0; i--) {
      const { part: firstPart } = this.#parts[i];
      mean += this.#parts[i].mean;
      const lasted = lastPart - firstPart + 1;
      for (const kind of KINDS) {
        const { minParts, maxParts } = FRAME_SHAPES[kind];
        if (lasted < minParts || lasted > maxParts) continue;
        const heads = this.#heads(kind, lastPart);
        this.tries += heads.length;
        const { any } = NEEDED[kind];
        if (mean < LEAST_MEAN * any || mean - newest > MOST_MEAN * any) continue;
        const read = this.#try(kind, heads, firstPart);
        if (!read) continue;
        this.#free = lastPart + 1;
        return { ...read, firstPart, lastPart };
      }
    }
    return null;
  }

  #try(kind: FrameKind, heads: readonly (number | undefined)[], firstPart: number): ReturnType<typeof readFrame> {
    const llr = this.#codeword(CODED[kind], firstPart);
    for (const first of heads) {
      const read = readFrame(llr, this.#lane, this.locator, first);
      if (read) return read;
    }
    return null;
  }

  #expect({ frame, lastPart }: HeardFrame): void {
    this.#expectedTo = lastPart + EXPECTED_PARTS;
    if (frame.type === FrameType.AUTH) this.#auth = frame;
    else if (frame.type !== FrameType.KEY && frameKind(frame.type) === 'double') this.#symbols = frame;
  }

  /** First bytes that may come next in a frame of a kind; `undefined` stands for any. */
  #heads(kind: FrameKind, part: number): (number | undefined)[] {
    // No other single frame goes in the open lane.
    if (kind === 'single' && this.#lane === 'open') return [FrameType.LOC << 5];
    if (!this.locator) return [];
    if (part > this.#expectedTo) return [undefined];
    return [undefined, ...(kind === 'double' ? after(this.#symbols, 2) : after(this.#auth, 1))];
  }

  /** Ratios of the codeword of a frame that begins at `firstPart`; parts sent twice add up. */
  #codeword(length: number, firstPart: number): Float32Array {
    const out = new Float32Array(length);
    for (const { part, llr } of this.#parts) {
      if (part < firstPart) continue;
      const sum = codewordPart(out, part - firstPart);
      for (let i = 0; i < sum.length; i++) sum[i] += llr[i];
    }
    return out;
  }
}
const KINDS: readonly FrameKind[] = ['single', 'double'];

/** First bytes of the frames that follow one whose numbers go up by `step`. */
function after({ type, ctr }: Pick<Frame, 'type' | 'ctr'>, step: number): number[] {
  return Array.from({ length: EXPECTED_NUMBERS }, (_, i) => (type << 5) | ((ctr + step * (1 + i)) % COUNTERS));
}
