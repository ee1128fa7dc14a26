// Speed and memory of encoder and detector, one stream on one core.
import { resample } from '../../packages/audio/dist/pcm/index.js';
import { createDetector, detect } from '../../packages/detector/dist/index.js';
import { createEncoder } from '../../packages/encoder/dist/index.js';
import { createSession } from '../../packages/token/dist/index.js';
import { issuer, mark, quantile, RATE, trust } from './clips.mjs';

/** The least that an AudioWorklet may be given, samples, and the rate it runs at. */
const QUANTUM = 128;
const WORKLET_RATE = 48000;
const BLOCK_MS = 80;
const SPEECH_RATE = 24000;

/** Processor seconds that some work took, helpers of the engine included: other programs on the machine count less than in clock time. */
const timed = (work) => {
  const from = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(from);
  return (user + system) / 1e6;
};

/** How many times faster than real time some work is, the median of three runs. */
const timesRealTime = (seconds, work) =>
  quantile(
    [1, 2, 3].map(() => seconds / timed(work)),
    0.5,
  );

/** Processor milliseconds of every call of `take` for pieces of a sound; the first fifth, in which code is still being compiled, is left out. */
function callTimes(samples, piece, take) {
  const times = [];
  for (let at = 0; at + piece <= samples.length; at += piece) {
    const part = samples.subarray(at, at + piece);
    times.push(1000 * timed(() => take(part)));
  }
  return times.slice(Math.ceil(times.length / 5));
}

function encoder(sampleRate, lookahead) {
  const session = createSession({ issuer, agent: 'bench', t0Ms: Date.UTC(2026, 0, 1), durationSeconds: 600 });
  const made = createEncoder({ session, sampleRate, lookahead });
  return (samples) => made.process(samples);
}

function detector(sampleRate) {
  const made = createDetector({ sampleRate, trust });
  return (samples) => made.push(samples);
}

/** Times of single calls: what a live call and an AudioWorklet feel. */
function latencies(make, samples) {
  const block = callTimes(samples, (RATE * BLOCK_MS) / 1000, make(RATE));
  const worklet = resample(samples, RATE, WORKLET_RATE);
  const runs = [1, 2, 3].map(() => callTimes(worklet, QUANTUM, make(WORKLET_RATE)));
  // What other programs and the engine's own housekeeping take does not come at the same quantum three times.
  const quantum = runs[0].map((_, i) => Math.min(...runs.map((times) => times[i])));
  return {
    millisecondsPer80msP99: quantile(block, 0.99),
    quantumMillisecondsP999: quantile(quantum, 0.999),
    quantumMillisecondsWorst: Math.max(...quantum),
    quantumMillisecondsWorstOnce: Math.max(...runs.flat()),
  };
}

export function speed(clips) {
  const samples = clips[0].samples;
  const seconds = samples.length / RATE;
  mark(samples.subarray(0, RATE * 5));
  const speech = resample(samples, RATE, SPEECH_RATE);
  const encode = (lookahead) => {
    const process = encoder(SPEECH_RATE, lookahead);
    return timesRealTime(seconds, () => callTimes(speech, SPEECH_RATE * 0.02, process));
  };
  const call = mark(samples).samples;
  const hear = () => {
    const made = createDetector({ sampleRate: RATE, trust });
    for (let at = 0; at < call.length; at += 320) made.push(call.subarray(at, at + 320));
    return made;
  };
  return {
    encoderFrameTimesRealTime: encode('frame'),
    encoder20msTimesRealTime: encode('20ms'),
    detectorLiveTimesRealTime: timesRealTime(seconds, hear),
    detectorScanTimesRealTime: timesRealTime(seconds, () => detect(call, { sampleRate: RATE, trust })),
    detectorScanUnmarkedTimesRealTime: timesRealTime(seconds, () => detect(samples, { sampleRate: RATE, trust })),
    encoderFrame: latencies((rate) => encoder(rate, 'frame'), samples),
    encoder20ms: latencies((rate) => encoder(rate, '20ms'), samples),
    detector: latencies(detector, call),
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
