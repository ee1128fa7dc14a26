/**
 * The slot digest: 512 keyed comparisons of how the sound moves, taken from the marked output (protocol/spec/06-digest.md).
 * One comparison asks whether band i gained on band j over a short lag; a talker saying other words answers otherwise.
 * This file extracts; whether a digest matches is decided by the token package.
 */
import { BANDS, TILES_PER_SLOT } from './profile.ts';

/** Steps of 40 ms in a slot. */
const STEPS = TILES_PER_SLOT / 2;
const PER_STEP = 8;
/** Bits of a slot digest. */
export const DIGEST_BITS: number = STEPS * PER_STEP;
/** A comparison needs all four levels within this range of the slot's loudest, dB. */
const RANGE_DB = 52;
/** A comparison counts from this difference on, dB. */
const MARGIN_DB = 3;
/** Differences are clipped to ± this in the epoch digest, dB. */
const CLIP_DB = 12;
/** Bits of the epoch digest that AUTH carries. */
export const EPOCH_DIGEST_BITS = 22;

/** A digest as measured. */
export interface SlotDigest {
  /** 64 bytes, most significant bit first. */
  readonly bits: Uint8Array;
  /** 64 bytes: 1 where the comparison was clear. */
  readonly clear: Uint8Array;
  /** How many comparisons were clear. */
  readonly compared: number;
  /** [DIGEST_BITS] differences in dB, clipped to ±12, zero where not heard. */
  readonly differences: Float32Array;
}

/**
 * @param levels [TILES_PER_SLOT × BANDS] tile levels in dB; tiles that were not heard are −Infinity or NaN
 * @param selection [DIGEST_BITS] keyed bytes: bits 0–2 band i, bits 3–5 band j as i + 1 + (value mod 7), bits 6–7 lag − 1 in steps
 */
export function slotDigest(levels: Float32Array, selection: Uint8Array): SlotDigest {
  const steps = new Float32Array(STEPS * BANDS);
  let loudest = -Infinity;
  for (let s = 0; s < STEPS; s++)
    for (let b = 0; b < BANDS; b++) {
      const mean = (levels[2 * s * BANDS + b] + levels[(2 * s + 1) * BANDS + b]) / 2;
      steps[s * BANDS + b] = mean;
      if (mean > loudest) loudest = mean;
    }
  const floor = loudest - RANGE_DB;
  const bits = new Uint8Array(DIGEST_BITS / 8);
  const clear = new Uint8Array(DIGEST_BITS / 8);
  const differences = new Float32Array(DIGEST_BITS);
  let compared = 0;
  for (let k = 0; k < DIGEST_BITS; k++) {
    const step = Math.floor(k / PER_STEP);
    const chosen = selection[k];
    const i = chosen & 7;
    const j = (i + 1 + (((chosen >> 3) & 7) % 7)) % BANDS;
    const lag = (chosen >> 6) + 1;
    const other = step >= lag ? step - lag : step + lag;
    const [a, b, c, d] = [steps[step * BANDS + i], steps[step * BANDS + j], steps[other * BANDS + i], steps[other * BANDS + j]];
    const heard = a > floor && b > floor && c > floor && d > floor;
    const difference = a - b - (c - d);
    if (difference > 0) bits[k >> 3] |= 0x80 >> (k & 7);
    if (!heard) continue;
    differences[k] = Math.max(-CLIP_DB, Math.min(CLIP_DB, difference));
    if (!(Math.abs(difference) >= MARGIN_DB)) continue;
    clear[k >> 3] |= 0x80 >> (k & 7);
    compared++;
  }
  return { bits, clear, compared, differences };
}

/** The weak digest that fits into AUTH (22 bits) or DUPX (24): signs of sums over the slots' comparisons, most significant bit first. */
export function epochDigest(slots: readonly SlotDigest[], bits: number = EPOCH_DIGEST_BITS): number {
  const sums = new Float64Array(bits);
  for (const { differences } of slots) for (let k = 0; k < DIGEST_BITS; k++) sums[k % bits] += differences[k];
  return sums.reduce((value, sum) => value * 2 + (sum > 0 ? 1 : 0), 0);
}

/** Tiles at the end of an epoch that its digest leaves out, because the AUTH must be ready when the next epoch begins. */
const EPOCH_TAIL_TILES = 16;

/** The levels of an epoch's last slot without what its digest leaves out. */
export function withoutTail(levels: Float32Array): Float32Array {
  return levels.slice().fill(-Infinity, (TILES_PER_SLOT - EPOCH_TAIL_TILES) * BANDS);
}
