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
  globalThis.gc?.();
  const before = process.memoryUsage();
  const detector = createDetector({ sampleRate: RATE, trust });
  const detect = timed(() => {
    for (let at = 0; at < call.samples.length; at += 320) detector.push(call.samples.subarray(at, at + 320));
  });
  globalThis.gc?.();
  const after = process.memoryUsage();
  const bytes = after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers;
  return {
    encoderFrameTimesRealTime: seconds / frame,
    encoder20msTimesRealTime: seconds / short,
    detectorTimesRealTime: seconds / detect,
    detectorMegabytes: bytes / 1e6,
  };
}
