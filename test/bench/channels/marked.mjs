// A clip marked by the encoder, and exactly what was put into it: the four coded bits of every model frame and every protocol frame.
import { Lanes } from '../../../packages/encoder/dist/lanes.js';
import { FrameScheduler } from '../../../packages/token/dist/index.js';
import { mark, RATE } from '../clips.mjs';

/**
 * @returns the marked call of clips.mjs with `coded`, [model frame] of four ±1, and `frames`, { lane, firstPart, frame, whole }; the last
 *   of each lane was cut off by the end
 */
export function markAndKeep(samples, lookahead, reserve) {
  const coded = [];
  const begun = { open: [], sealed: [] };
  // The encoder keeps this to itself; a benchmark may look over its shoulder.
  const { bits } = Lanes.prototype;
  const { next } = FrameScheduler.prototype;
  Lanes.prototype.bits = function (frame) {
    const four = bits.call(this, frame);
    coded[frame] = four;
    return four;
  };
  FrameScheduler.prototype.next = function (lane, part) {
    const frame = next.call(this, lane, part);
    const before = begun[lane].at(-1);
    if (before) before.whole = true;
    begun[lane].push({ lane, firstPart: part, frame, whole: false });
    return frame;
  };
  try {
    const call = mark(samples, lookahead, RATE, reserve);
    return { ...call, coded, frames: [...begun.open, ...begun.sealed] };
  } finally {
    Lanes.prototype.bits = bits;
    FrameScheduler.prototype.next = next;
  }
}
