/**
 * Matched verification: how much a slot's frozen bit likelihoods say in favour of the bits the session says it sent, and
 * whether its digest belongs to the same words (protocol page §4, Match and Content).
 *
 * With x = ±1 the coded bit sent (+1 for bit 1) and ℓ the natural-log likelihood ratio ln(P(1) / P(0)), each bit gives
 * 1 − log2(1 + e^(−xℓ)) bits, at most 1. For sound made without K_s the mask is fair coins independent of ℓ, so the
 * expectation of 2^W is 1 and P(W ≥ w) ≤ 2^−w, whatever the audio. The ratios must be frozen before K_s is known.
 */
import { bytesToBits, xorBytes } from './bytes.ts';
import { sealMask } from './chain.ts';
import { FRAMES_PER_SLOT, LANE_BITS_PER_SLOT } from './clock.ts';
import { TokenError } from './errors.ts';

/** Likelihood ratios are clipped to ± this. */
export const MAX_LLR: number = 6;
/** Bits of W that a pass needs: 40, and 8 for up to 256 alignments, speeds, start slots and cards tried. */
export const LIVE_THRESHOLD_BITS: number = 48;
/** Candidates that {@link LIVE_THRESHOLD_BITS} already pays for. */
export const LIVE_THRESHOLD_CANDIDATES: number = 256;

/** Digest bits that must be compared before there is a verdict. */
export const DIGEST_MIN_COMPARED: number = 100;
/** Largest error rate that is a match. */
export const DIGEST_MATCH_RATE: number = 0.26;
/**
 * A match proves that the words are the signed ones where e / n + {@link DIGEST_PROOF_SPREAD} / √n is at most this: less than what is left
 * of an agent who is still heard 9 dB under an attacker (0.33 ± 0.04 of the comparisons of two slots are wrong), more than any codec.
 */
export const DIGEST_PROOF_RATE: number = 0.24;
/** What n comparisons may differ by chance, times √n: four spreads of them. */
export const DIGEST_PROOF_SPREAD: number = 1.7;
/**
 * Few comparisons must differ less. Other words differ in half of n comparisons with a spread of about 0.74 √n: a match has at least
 * 3.5 √n errors fewer than half, as (n − 2e)² ≥ 49 n. From 213 comparisons on {@link DIGEST_MATCH_RATE} says more.
 */
const DIGEST_SPREADS = 49;
/** Smallest error rate that is a mismatch. */
export const DIGEST_MISMATCH_RATE: number = 0.36;

export type MatchInformation = {
  /** W in bits. */
  readonly total: number;
  /** The same by model frame; 32 values that sum to `total` up to rounding. Frames not sent give 0. */
  readonly perFrame: Float32Array;
};

/** The sealed bits as they leave the encoder: XOR with the slot's mask. Its own inverse. */
export function maskSealedBits(sealedBits: Uint8Array, key: Uint8Array, cardHash: Uint8Array, slot: number): Uint8Array {
  return xorBytes(sealedBits, sealMask(key, cardHash, slot));
}

/** Whether model frame `frame` (0 to 31) is in a sent map; the first frame is the most significant bit. */
export function frameSent(sentMap: number, frame: number): boolean {
  return ((sentMap >>> (31 - frame)) & 1) === 1;
}

/** What one ratio says in favour of the bit sent, bits, at most 1; `agreement` is the ratio, its sign changed where the bit is 0. */
export function bitInformation(agreement: number): number {
  return 1 - Math.log1p(Math.exp(-agreement)) / Math.LN2;
}

/**
 * W of one slot.
 * @param llr 64 ratios of the sealed lane in sending order, two per model frame; 0 (or NaN) where erased.
 * @param coded the 8 bytes of masked bits, {@link maskSealedBits} of the record's sealed bits.
 * @param sentMap the record's sent map; only its frames count.
 */
export function matchInformation(llr: Float32Array, coded: Uint8Array, sentMap: number): MatchInformation {
  if (llr.length !== LANE_BITS_PER_SLOT || coded.length !== LANE_BITS_PER_SLOT / 8)
    throw new TokenError('bad-argument', '64 ratios and 8 bytes');
  const bits = bytesToBits(coded);
  const perFrame = new Float32Array(FRAMES_PER_SLOT);
  const bitsPerFrame = LANE_BITS_PER_SLOT / FRAMES_PER_SLOT;
  let total = 0;
  for (let frame = 0; frame < FRAMES_PER_SLOT; frame++) {
    if (!frameSent(sentMap, frame)) continue;
    let sum = 0;
    for (let i = frame * bitsPerFrame; i < (frame + 1) * bitsPerFrame; i++) {
      const clipped = Math.max(-MAX_LLR, Math.min(MAX_LLR, llr[i]));
      if (Number.isNaN(clipped)) continue;
      sum += bitInformation(bits[i] === 1 ? clipped : -clipped);
    }
    perFrame[frame] = sum;
    total += sum;
  }
  return { total, perFrame };
}

/** W needed when `candidates` hypotheses were tried: log2 more for each doubling past 256. */
export function requiredBits(candidates: number): number {
  if (!(candidates >= 1)) throw new TokenError('bad-argument', 'at least one candidate');
  return LIVE_THRESHOLD_BITS + Math.max(0, Math.log2(candidates / LIVE_THRESHOLD_CANDIDATES));
}

export type MeasuredDigest = {
  /** Packed bits, 64 bytes for the registered 512-bit digest. */
  readonly bits: Uint8Array;
  /** Packed mask of the same length: 1 where the comparison was clear. */
  readonly clear: Uint8Array;
};

export type DigestDistance = { readonly compared: number; readonly errors: number };

/** Clear comparisons, and how many of them differ from the signed digest. */
export function digestDistance(measured: MeasuredDigest, expected: Uint8Array): DigestDistance {
  if (measured.bits.length !== expected.length || measured.clear.length !== expected.length) {
    throw new TokenError('bad-argument', 'digest lengths differ');
  }
  let compared = 0;
  let errors = 0;
  for (let i = 0; i < expected.length; i++) {
    compared += popcount8(measured.clear[i]);
    errors += popcount8((measured.bits[i] ^ expected[i]) & measured.clear[i]);
  }
  return { compared, errors };
}

/** Sums distances over slots: the verdict gets sharper with every slot of the same alignment. */
export function addDistances(distances: Iterable<DigestDistance>): DigestDistance {
  let compared = 0;
  let errors = 0;
  for (const distance of distances) {
    compared += distance.compared;
    errors += distance.errors;
  }
  return { compared, errors };
}

export type DigestVerdict = 'match' | 'mismatch' | 'undecided';

/** Verdict at the registered limits; `undecided` with too few bits, or a rate between them or too high for so few. */
export function digestVerdict(compared: number, errors: number): DigestVerdict {
  if (!(compared >= DIGEST_MIN_COMPARED) || !(errors >= 0)) return 'undecided';
  const rate = errors / compared;
  if (rate <= DIGEST_MATCH_RATE && (compared - 2 * errors) ** 2 >= DIGEST_SPREADS * compared) return 'match';
  return rate >= DIGEST_MISMATCH_RATE ? 'mismatch' : 'undecided';
}

/** Whether the words of slots at one alignment, added up, are proven: a match that leaves room for chance and for another voice above it. */
export function wordsProven({ compared, errors }: DigestDistance): boolean {
  return compared >= DIGEST_MIN_COMPARED && errors / compared + DIGEST_PROOF_SPREAD / Math.sqrt(compared) <= DIGEST_PROOF_RATE;
}

/** Bits of an epoch digest that may differ in a match, and from how many on it is a mismatch. */
export const EPOCH_DIGEST_MATCH: number = 4;
export const EPOCH_DIGEST_MISMATCH: number = 8;

/** Verdict on the 22 bits of an epoch: a match is worth little (one epoch in 450 of other words passes), several in a row more. */
export function epochDigestVerdict(signed: number, measured: number): DigestVerdict {
  const x = (signed ^ measured) & 0x3fffff;
  const errors = popcount8(x & 0xff) + popcount8((x >> 8) & 0xff) + popcount8(x >> 16);
  if (errors <= EPOCH_DIGEST_MATCH) return 'match';
  return errors >= EPOCH_DIGEST_MISMATCH ? 'mismatch' : 'undecided';
}

function popcount8(value: number): number {
  let count = 0;
  for (let rest = value; rest !== 0; rest &= rest - 1) count++;
  return count;
}
