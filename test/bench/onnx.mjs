// The detector with the network in ONNX Runtime beside our own kernel, by turns on the same call.
import { createDetector } from '../../packages/detector/dist/index.js';
import { createDetector as createOnnxDetector } from '../../packages/detector/dist/onnx/index.js';
import { mark, quantile, RATE, trust } from './clips.mjs';

/** Chunks of a live call and of a scan, seconds. */
const CHUNKS = { live20ms: 0.02, live80ms: 0.08, scan: 1 };
const RUNS = 5;

/** @returns how many times faster than real time one detector hears a call, in processor time */
async function timesRealTime(make, call, chunkSeconds) {
  const detector = await make();
  const step = Math.round(RATE * chunkSeconds);
  const from = process.cpuUsage();
  for (let at = 0; at < call.length; at += step) await detector.push(call.subarray(at, at + step));
  await detector.report();
  const { user, system } = process.cpuUsage(from);
  return call.length / RATE / ((user + system) / 1e6);
}

export async function onnx(clips) {
  const call = mark(clips[0].samples).samples;
  const makers = {
    kernel: async () => createDetector({ sampleRate: RATE, trust }),
    onnx: () => createOnnxDetector({ sampleRate: RATE, trust, engine: 'onnx' }),
  };
  const rows = {};
  for (const [chunk, seconds] of Object.entries(CHUNKS)) {
    const runs = { kernel: [], onnx: [] };
    for (let n = 0; n < RUNS; n++)
      for (const [name, make] of Object.entries(makers)) runs[name].push(await timesRealTime(make, call, seconds));
    rows[chunk] = Object.fromEntries(
      Object.entries(runs).map(([name, times]) => [name, { median: quantile(times, 0.5), best: Math.max(...times) }]),
    );
  }
  return rows;
}
