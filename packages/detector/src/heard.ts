/** A slot as heard, with what the detector adds to it: when it arrived, and where there was speech. */
import { BANDS, BITS_PER_FRAME, FRAMES_PER_SLOT, type HeardSlot, LANE_BITS_PER_SLOT, TILES_PER_FRAME } from '@undertone/signal';

/** One slot of one track. */
export interface Observation extends HeardSlot {
  /** Local time when its last sample arrived, ms; null for a recording. */
  readonly arrivedMs: number | null;
  /** Bit per model frame, most significant first: the frame held speech. */
  readonly speechMap: number;
  /** [64] ratios of the lanes. */
  readonly open: Float32Array;
  readonly sealed: Float32Array;
}

/** Speech is what stands less than this under the loudest cell of the last seconds, dB. */
const SPEECH_RANGE_DB = 33;
/** Nothing quieter than this is speech, dB re the filterbank's full scale. */
const SPEECH_FLOOR_DB = -42;
const LANE = BITS_PER_FRAME / 2;

/** Ratios of one lane in the order that its coded bits are sent. */
function lane(llr: Float32Array, first: number): Float32Array {
  const out = new Float32Array(LANE_BITS_PER_SLOT);
  for (let f = 0; f < FRAMES_PER_SLOT; f++) for (let i = 0; i < LANE; i++) out[f * LANE + i] = llr[f * BITS_PER_FRAME + first + i];
  return out;
}

/** @param loudest level of the loudest cell lately, dB */
export function observe(slot: HeardSlot, loudest: number, arrivedMs: number | null): Observation {
  let speechMap = 0;
  const limit = Math.max(loudest - SPEECH_RANGE_DB, SPEECH_FLOOR_DB);
  for (let f = 0; f < FRAMES_PER_SLOT; f++) {
    const from = f * TILES_PER_FRAME * BANDS;
    let top = -Infinity;
    for (let c = from; c < from + TILES_PER_FRAME * BANDS; c++) if (slot.levels[c] > top) top = slot.levels[c];
    if (top > limit) speechMap |= 0x80000000 >>> f;
  }
  return { ...slot, arrivedMs, speechMap: speechMap >>> 0, open: lane(slot.llr, 0), sealed: lane(slot.llr, LANE) };
}

/** Whether a model frame of the slot held speech. */
export function isSpeech(speechMap: number, frame: number): boolean {
  return ((speechMap >>> (31 - frame)) & 1) === 1;
}

/** Number of speech frames. */
export function speechFrames(speechMap: number): number {
  let n = 0;
  for (let rest = speechMap >>> 0; rest !== 0; rest = (rest & (rest - 1)) >>> 0) n++;
  return n;
}
