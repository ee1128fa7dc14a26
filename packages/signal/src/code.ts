/**
 * The error-correcting code (protocol/spec/02-signal.md, Code): rate-compatible, 72 bits into a codeword of eight parts of 32 bits, sent
 * one after the other for as long as a protocol frame lasts. The first four parts are a polar code of length 128 by themselves; with the
 * other four they are one of length 256, in which the least reliable positions of the short code only repeat what better positions have said
 * (incremental freezing). From the ninth part on they come again.
 */
import { CODEWORD_BITS, CODEWORD_PARTS, FRAME_BITS, LANE_BITS_PER_PART } from './profile.ts';
import { permutation, splitMix32 } from './random.ts';

const SHORT = CODEWORD_BITS / 2;

/** Polarisation weight of an input position (He et al. 2017, β = 2^¼), so that no table of reliabilities need be shipped. */
const weight = (i: number): number => {
  let w = 0;
  for (let j = 0; i >> j > 0; j++) if ((i >> j) & 1) w += 2 ** (j / 4);
  return w;
};
/** The `FRAME_BITS` most reliable of n input positions, rising; ties go to the higher one. */
const reliable = (n: number): number[] =>
  Array.from({ length: n }, (_, i) => i)
    .sort((a, b) => weight(b) - weight(a) || b - a)
    .slice(0, FRAME_BITS)
    .sort((a, b) => a - b);

/** What an input position of a polar code holds. */
export interface PolarCode {
  /** Length, a power of two. */
  readonly length: number;
  /**
   * For each input position: the number of the frame's bit that stands there, or −1 for zero. Where a bit stands twice the
   * later position repeats the earlier one.
   */
  readonly holds: Int16Array;
}

/** The code of the first four parts. */
export const SHORT_CODE: PolarCode = ((): PolarCode => {
  const holds = new Int16Array(SHORT).fill(-1);
  reliable(SHORT).forEach((position, bit) => {
    holds[position] = bit;
  });
  return { length: SHORT, holds };
})();

/** The code of all eight parts. */
export const LONG_CODE: PolarCode = ((): PolarCode => {
  const holds = new Int16Array(CODEWORD_BITS).fill(-1);
  holds.set(SHORT_CODE.holds, SHORT);
  const wanted = reliable(CODEWORD_BITS);
  const fresh = wanted.filter((position) => position < SHORT);
  const weak = reliable(SHORT).filter((position) => !wanted.includes(position + SHORT));
  // Weak positions and those that say their bits first, paired in rising order.
  fresh.forEach((position, i) => {
    holds[position] = SHORT_CODE.holds[weak[i]];
  });
  return { length: CODEWORD_BITS, holds };
})();

/** Coded bit i of either half is bit ORDER[i] of that half of the codeword, so that each part holds a fair share of it. */
export const ORDER: Uint16Array = permutation(SHORT, splitMix32(0x706f6c72));

/** x = u F^{⊗n} in place, F = [[1,0],[1,1]], natural order. */
export function polarTransform(u: Uint8Array): void {
  for (let half = 1; half < u.length; half *= 2)
    for (let i = 0; i < u.length; i += 2 * half) for (let j = i; j < i + half; j++) u[j] ^= u[j + half];
}

/**
 * Encodes a protocol frame's 72 bits (0 or 1).
 * @returns [CODEWORD_BITS] in the order of sending: the half that is a code by itself first
 */
export function encodeCodeword(bits: Uint8Array): Uint8Array {
  if (bits.length !== FRAME_BITS) throw new RangeError(`a protocol frame has ${FRAME_BITS} bits, not ${bits.length}`);
  const u = Uint8Array.from(LONG_CODE.holds, (bit) => (bit < 0 ? 0 : bits[bit]));
  polarTransform(u);
  const sent = new Uint8Array(CODEWORD_BITS);
  for (let i = 0; i < SHORT; i++) {
    sent[i] = u[SHORT + ORDER[i]];
    sent[SHORT + i] = u[ORDER[i]];
  }
  return sent;
}

/** The 32 coded bits that a frame sends in its part number `part` (0, 1, …), a view into the codeword. */
export function codewordPart<T extends Uint8Array | Float32Array>(codeword: T, part: number): T {
  const at = (part % CODEWORD_PARTS) * LANE_BITS_PER_PART;
  return codeword.subarray(at, at + LANE_BITS_PER_PART) as T;
}
