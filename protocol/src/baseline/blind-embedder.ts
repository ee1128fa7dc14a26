/** The baseline embedder of page 02: the same gain for every cell that is loud enough, whatever the speech does. */
import {
  BANDS,
  BITS_PER_FRAME,
  type Chips,
  DeltaSynthesizer,
  HOP,
  HOPS_PER_TILE,
  MAX_GAIN_DB,
  SYNTHESIS_LEAD,
  SYNTHESIS_WINDOW,
  TILES_PER_FRAME,
  TILES_PER_SLOT,
} from '@undertone/signal';
import { tileLevels } from './levels.ts';

const RANGE_DB = 45;
const QUIETEST_DB = -55;
const MARGIN_DB = 6;
const FORGET_DB = 0.02;

/** The gain asked for is not above 0 or exceeds what the profile allows. */
export class GainError extends Error {}

/**
 * Marks speech at the core rate.
 * @param bits the four coded bits of model frame n as +1 or −1, or null for a frame that stays unmarked
 * @returns as many samples as came in
 */
export function blindEmbed(
  samples: Float32Array,
  chips: Chips,
  bits: (frame: number) => Int8Array | null,
  gainDb: number,
): Float32Array {
  if (!(gainDb > 0 && gainDb <= MAX_GAIN_DB)) throw new GainError(`a gain of ${gainDb} dB`);
  const padded = new Float32Array(SYNTHESIS_LEAD + samples.length + 2 * SYNTHESIS_WINDOW);
  padded.set(samples, SYNTHESIS_LEAD);
  const out = padded.slice();
  const levels = tileLevels(samples, 0);
  const synthesizer = new DeltaSynthesizer();
  const gains = new Float32Array(BANDS);
  let top = Number.NEGATIVE_INFINITY;
  for (let tile = 0; tile < levels.length / BANDS; tile++) {
    const row = levels.subarray(tile * BANDS, (tile + 1) * BANDS);
    top = Math.max(top - FORGET_DB, ...row);
    const least = Math.max(top - RANGE_DB, QUIETEST_DB) + MARGIN_DB;
    const sent = bits(Math.floor(tile / TILES_PER_FRAME)) ?? new Int8Array(BITS_PER_FRAME);
    const cell = (tile % TILES_PER_SLOT) * BANDS;
    for (let b = 0; b < BANDS; b++) gains[b] = row[b] > least ? gainDb * chips.sign[cell + b] * sent[chips.bit[cell + b]] : 0;
    for (let hop = tile * HOPS_PER_TILE; hop < (tile + 1) * HOPS_PER_TILE; hop++)
      synthesizer.add(padded.subarray(hop * HOP, hop * HOP + SYNTHESIS_WINDOW), gains, 0, out, hop * HOP);
  }
  return out.slice(SYNTHESIS_LEAD, SYNTHESIS_LEAD + samples.length);
}
