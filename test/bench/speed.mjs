// Speed and memory of encoder and detector, one stream on one core.
import { createDetector } from '../../packages/detector/dist/index.js';
import { mark, RATE, trust } from './clips.mjs';

const timed = (work) => {
  const from = process.hrtime.bigint();
  work();
  return Number(process.hrtime.bigint() - from) / 1e9;
};

export function speed(clips) {
  const samples = clips[0].samples;
  const seconds = samples.length / RATE;
  mark(samples.subarray(0, RATE * 5));
  let call;
  const frame = timed(() => {
    call = mark(samples);
  });
  const short = timed(() => mark(samples, '20ms'));
  const hear = () => {
    const detector = createDetector({ sampleRate: RATE, trust });
    for (let at = 0; at < call.samples.length; at += 320) detector.push(call.samples.subarray(at, at + 320));
    return detector;
  };
  const detect = timed(hear);
  return {
    encoderFrameTimesRealTime: seconds / frame,
    encoder20msTimesRealTime: seconds / short,
    detectorTimesRealTime: seconds / detect,
    detectorMegabytesPerStream: globalThis.gc ? memory(hear) : 'run node with --expose-gc',
  };
}

/** What one more detector keeps, after half a minute of sound. */
function memory(hear) {
  const used = () => {
    globalThis.gc();
    globalThis.gc();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  const before = used();
  const kept = Array.from({ length: 4 }, hear);
  return (used() - before) / kept.length / 1e6;
}
