/**
 * The error-correcting code (protocol/spec/03-frames.md, the code): rate-compatible, 72 bits into a codeword of eight parts of 32 bits, or 120
 * into one of sixteen, sent one after the other for as long as a protocol frame lasts. The first half of the parts is a polar code by itself;
 * with the other half it is one of twice the length, in which the least reliable positions of the short code only repeat what fresh positions
 * have said before (incremental freezing). After the last part they come again.
 */
import { LANE_BITS_PER_PART } from './profile.ts';
import { permutation, splitMix32 } from './random.ts';

/** Polarisation weight of an input position (He et al. 2017), so that no table of reliabilities need be shipped. */
const weight = (i: number, beta: number): number => {
  let w = 0;
  for (let j = 0; i >> j > 0; j++) if ((i >> j) & 1) w += beta ** j;
  return w;
};
/** Input positions of a code of length n, the most reliable first; of equals the higher one. */
const byReliability = (n: number, beta: number): number[] =>
  Array.from({ length: n }, (_, i) => i).sort((a, b) => weight(b, beta) - weight(a, beta) || b - a);
const rising = (a: number, b: number): number => a - b;

/** What an input position of a polar code holds. */
export interface PolarCode {
  /** Length, a power of two. */
  readonly length: number;
  /**
   * For each input position: the number of the frame's bit that stands there, or −1 for zero. Where a bit stands twice the
   * later position repeats the earlier one.
   */
  readonly holds: Int16Array;
  /** For each input position that holds zero how many do from there on, as far as they are one node of the code; 1 for the others. */
  readonly zeros: Uint16Array;
}

/** The code of the frames of one kind. */
export interface FrameCode {
  /** Bits of a frame. */
  readonly bits: number;
  /** The code of the first half of the parts. */
  readonly short: PolarCode;
  /** The code of all parts. */
  readonly long: PolarCode;
  /** Coded bit i of either half is bit order[i] of that half of the codeword, so that each part holds a fair share of it. */
  readonly order: Uint16Array;
}

function polarCode(holds: Int16Array): PolarCode {
  const { length } = holds;
  const zeros = new Uint16Array(length).fill(1);
  for (let n = 2; n < length; n *= 2)
    for (let i = 0; i < length; i += n) if (holds.subarray(i, i + n).every((bit) => bit < 0)) zeros[i] = n;
  return { length, holds, zeros };
}

/**
 * @param beta what a digit of a position counts more than the one before it
 * @param fresh positions of the second half that the first half repeats
 */
function makeCode(bits: number, length: number, beta: number, fresh: number): FrameCode {
  const half = length / 2;
  const best = byReliability(half, beta);
  const short = new Int16Array(half).fill(-1);
  for (const [bit, position] of best.slice(0, bits).sort(rising).entries()) short[position] = bit;
  const long = new Int16Array(length).fill(-1);
  long.set(short, half);
  // Fresh positions and the weak ones whose bits they say first, paired in rising order.
  const weak = best.slice(bits - fresh, bits).sort(rising);
  for (const [i, position] of best.slice(0, fresh).sort(rising).entries()) long[position] = short[weak[i]];
  return {
    bits,
    short: polarCode(short),
    long: polarCode(long),
    order: permutation(half, splitMix32(0x706f6c72)),
  };
}

/** The code of single frames: 72 bits in eight parts. All fresh positions that their reliabilities ask for. */
export const SINGLE_CODE: FrameCode = makeCode(72, 256, 2 ** (1 / 4), 11);
/**
 * The code of double frames: 120 bits in sixteen parts. Fresh positions are told before anything else, out of whatever came of the second half:
 * a frame often ends with its ninth part, and eight are as many as one part can tell. The smaller β suits lists: 3 … 5 bits less are needed.
 */
export const DOUBLE_CODE: FrameCode = makeCode(120, 512, 2 ** (1 / 6), 8);
const CODES = [SINGLE_CODE, DOUBLE_CODE];

/** The code whose codewords have so many bits. Throws RangeError */
export function codeOfCodeword({ length }: ArrayLike<number>): FrameCode {
  const code = CODES.find(({ long }) => long.length === length);
  if (!code) throw new RangeError(`no codeword has ${length} bits`);
  return code;
}

/** x = u F^{⊗n} in place, F = [[1,0],[1,1]], natural order. */
export function polarTransform(u: Uint8Array): void {
  for (let half = 1; half < u.length; half *= 2)
    for (let i = 0; i < u.length; i += 2 * half) for (let j = i; j < i + half; j++) u[j] ^= u[j + half];
}

/**
 * Encodes a protocol frame's bits (0 or 1): 72 of a single frame, 120 of a double one.
 * @returns [256 or 512] in the order of sending: the half that is a code by itself first. Throws RangeError
 */
export function encodeCodeword(bits: Uint8Array): Uint8Array {
  const code = CODES.find((c) => c.bits === bits.length);
  if (!code) throw new RangeError(`no protocol frame has ${bits.length} bits`);
  const u = Uint8Array.from(code.long.holds, (bit) => (bit < 0 ? 0 : bits[bit]));
  polarTransform(u);
  const half = code.short.length;
  const sent = new Uint8Array(code.long.length);
  for (let i = 0; i < half; i++) {
    sent[i] = u[half + code.order[i]];
    sent[half + i] = u[code.order[i]];
  }
  return sent;
}

/** The 32 coded bits that a frame sends in its part number `part` (0, 1, …), a view into the codeword. */
export function codewordPart<T extends Uint8Array | Float32Array>(codeword: T, part: number): T {
  const at = (part * LANE_BITS_PER_PART) % codeword.length;
  return codeword.subarray(at, at + LANE_BITS_PER_PART) as T;
}
