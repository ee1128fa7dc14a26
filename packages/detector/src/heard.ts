/** A slot as heard, with what the detector adds to it: when it arrived, and where there was speech. */
import { BITS_PER_FRAME, FRAMES_PER_SLOT, type HeardSlot, LANE_BITS_PER_SLOT, SLOT_MS } from '@undertone/signal';
import { bytesToBits, sealMask } from '@undertone/token';
import type { SpeechMeter } from './speech-meter.ts';

/** One slot of one track. */
export interface Observation extends HeardSlot {
  /** Local time when its last sample arrived, ms; null for a recording. */
  readonly arrivedMs: number | null;
  /** For each model frame: it held speech. */
  readonly speech: readonly boolean[];
  /** [64] ratios of the lanes. */
  readonly open: Float32Array;
  readonly sealed: Float32Array;
}

const LANE = BITS_PER_FRAME / 2;
/** Length of a model frame, seconds. */
export const FRAME_SECONDS: number = SLOT_MS / 1000 / FRAMES_PER_SLOT;

/** Ratios of one lane in the order that its coded bits are sent. */
function lane(llr: Float32Array, first: number): Float32Array {
  const out = new Float32Array(LANE_BITS_PER_SLOT);
  for (let f = 0; f < FRAMES_PER_SLOT; f++)
    for (let i = 0; i < LANE; i++) out[f * LANE + i] = llr[f * BITS_PER_FRAME + first + i];
  return out;
}

/** Completes what the receiver heard. */
export function observe(slot: HeardSlot, meter: SpeechMeter, arrivedMs: number | null): Observation {
  const speech = Array.from({ length: FRAMES_PER_SLOT }, (_, f) => meter.at(slot.startSeconds + (f + 0.5) * FRAME_SECONDS));
  return { ...slot, arrivedMs, speech, open: lane(slot.llr, 0), sealed: lane(slot.llr, LANE) };
}

/** Turns ratios of a slot's sealed lane into those before masking. */
export function unmask(sealed: Float32Array, key: Uint8Array, cardHash: Uint8Array, slot: number): Float32Array {
  const mask = bytesToBits(sealMask(key, cardHash, slot));
  const llr = new Float32Array(LANE_BITS_PER_SLOT);
  for (let i = 0; i < llr.length; i++) llr[i] = mask[i] ? -sealed[i] : sealed[i];
  return llr;
}

/** Speech in a slot, seconds. */
export function speechSeconds(slot: Pick<Observation, 'speech'>): number {
  return slot.speech.filter(Boolean).length * FRAME_SECONDS;
}
