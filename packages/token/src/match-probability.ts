/**
 * How likely a match is by chance (protocol/spec/09-verifier-states.md). 2^−W bounds it whatever the sound; given the ratios that were heard it
 * can be told closely. With the mask fair coins, W is a sum of independent terms of two values each, a = 1 − log2(1 + e^−|ℓ|) and
 * a − |ℓ| / ln 2, whose tail follows from its cumulants by the saddlepoint formula of Lugannani and Rice in Barndorff-Nielsen's form.
 */
import { FRAMES_PER_SLOT, LANE_BITS_PER_SLOT } from './clock.ts';
import { frameSent, MAX_LLR } from './match.ts';

/** Ratios of a slot's sealed lane, [64], and the frames of it that were sent. */
export type MatchedRatios = { readonly llr: Float32Array; readonly sentMap: number };

/** Distance of the two values of each term, and the sum of the lower ones. */
function terms(slots: Iterable<MatchedRatios>): { distances: number[]; least: number } {
  const distances: number[] = [];
  let least = 0;
  const perFrame = LANE_BITS_PER_SLOT / FRAMES_PER_SLOT;
  for (const { llr, sentMap } of slots)
    for (let i = 0; i < LANE_BITS_PER_SLOT; i++) {
      const l = Math.min(MAX_LLR, Math.abs(llr[i]));
      if (!(l > 0) || !frameSent(sentMap, Math.floor(i / perFrame))) continue;
      distances.push(l / Math.LN2);
      least += 1 - (l + Math.log1p(Math.exp(-l))) / Math.LN2;
    }
  return { distances, least };
}

/**
 * The chance that sound made without the slots' keys gives at least `bits` of W over these slots.
 * @param slots the ratios, frozen before the keys were known
 * @returns 0 … 1, within a few per cent of its own size where at least a dozen ratios say something
 */
export function matchProbability(slots: Iterable<MatchedRatios>, bits: number): number {
  const { distances, least } = terms(slots);
  const most = least + distances.reduce((a, d) => a + d, 0);
  const bound = Math.min(1, 2 ** -bits);
  if (bits <= least) return 1;
  // Only full agreement reaches the most there is.
  if (bits >= most - 1e-6) return Math.min(bound, 2 ** -distances.length);
  const cumulants = (s: number): [number, number, number] => {
    let [k, slope, curve] = [s * least, least, 0];
    for (const d of distances) {
      const share = 1 / (1 + Math.exp(-s * d));
      k += Math.max(s * d, 0) + Math.log1p(Math.exp(-Math.abs(s * d))) - Math.LN2;
      slope += d * share;
      curve += d * d * share * (1 - share);
    }
    return [k, slope, curve];
  };
  let [low, high, s] = [-64, 64, 0];
  for (let i = 0; i < 60; i++) {
    const [, slope, curve] = cumulants(s);
    if (Math.abs(slope - bits) < 1e-9 * most) break;
    if (slope < bits) low = s;
    else high = s;
    const next = s + (bits - slope) / curve;
    s = next > low && next < high ? next : (low + high) / 2;
  }
  const [k, , curve] = cumulants(s);
  const r = Math.sign(s) * Math.sqrt(Math.max(0, 2 * (s * bits - k)));
  const u = s * Math.sqrt(curve);
  return Math.min(bound, normalTail(Math.abs(r) < 1e-4 ? r : r + Math.log(u / r) / r));
}

/** Chance that a normal variable exceeds x. */
function normalTail(x: number): number {
  if (x < 0) return 1 - normalTail(-x);
  const density = Math.exp(-(x * x) / 2) / Math.sqrt(2 * Math.PI);
  if (x > 3) {
    let fraction = x;
    for (let i = 40; i > 0; i--) fraction = x + i / fraction;
    return density / fraction;
  }
  let [term, sum] = [x, x];
  for (let i = 1; i < 60; i++) {
    term *= (x * x) / (2 * i + 1);
    sum += term;
  }
  return 0.5 - density * sum;
}
