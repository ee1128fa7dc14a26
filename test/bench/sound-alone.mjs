// From the sound alone, nothing else at hand: locator, card and first checkpoint in voiced seconds, and the rate of the frames read.
import { createDetector } from '../../packages/detector/dist/index.js';
import { CHANNELS } from './channel-list.mjs';
import { mark, quantile, RATE, trust, voicedSeconds } from './clips.mjs';

/** Of a frame of the open lane: four double frames come to one locator. */
const MEAN_BODY_BITS = (48 + 4 * 96) / 5;

async function listen(heard, rate) {
  const detector = createDetector({ sampleRate: rate, trust });
  const step = Math.round(rate * 0.16);
  const times = {};
  for (let at = 0; at < heard.length; at += step)
    for (const e of detector.push(heard.subarray(at, at + step)))
      if (e.type !== 'finding' && e.type !== 'state') times[e.type] ??= voicedSeconds(heard, rate, e.seconds);
  const report = detector.report();
  const spans = report.spans;
  return {
    ...times,
    voiced: voicedSeconds(heard, rate, Number.POSITIVE_INFINITY),
    wall: heard.length / rate,
    openFrames: Math.max(0, ...spans.map((s) => s.framesDecoded)),
    openExpected: Math.max(0, ...spans.map((s) => s.framesExpected)),
    attestedSeconds: spans.filter((s) => s.state === 'attested').reduce((a, s) => a + s.endSeconds - s.startSeconds, 0),
    conflicts: spans.filter((s) => s.state === 'conflict').length,
  };
}

/** Seconds that a session lasts at least; a voice that has less to say says it again. */
const LEAST_SECONDS = 400;

/** Each voice's clips, joined into one long session. */
export async function soundAlone(clips, names, progress) {
  const voices = byVoice(clips);
  const rows = {};
  for (const name of names ?? ['mulaw-8k', 'opus-24k']) {
    const [rate, through] = CHANNELS[name];
    const heard = [];
    for (const [voice, own] of voices) {
      progress(`sound alone, ${name}, ${voice}`);
      const once = own.reduce((a, c) => a + c.samples.length, 0);
      const times = Math.ceil((LEAST_SECONDS * RATE) / once);
      const samples = new Float32Array(times * once);
      let at = 0;
      for (let i = 0; i < times; i++)
        for (const c of own) {
          samples.set(c.samples, at);
          at += c.samples.length;
        }
      const call = mark(samples, 'frame', RATE);
      heard.push({ voice, ...(await listen(await through(call.samples), rate)) });
    }
    const of = (key) => heard.map((h) => h[key] ?? Number.POSITIVE_INFINITY);
    rows[name] = {
      voices: heard,
      cardVoicedSeconds: { median: quantile(of('resolved'), 0.5), most: Math.max(...of('resolved')) },
      checkpointVoicedSeconds: { median: quantile(of('checkpoint'), 0.5), most: Math.max(...of('checkpoint')) },
      // The sealed lane is of the same kind and length; only the open one can be counted without keys.
      usefulBitsPerVoicedSecondBothLanes:
        (2 * MEAN_BODY_BITS * heard.reduce((a, h) => a + h.openFrames, 0)) / heard.reduce((a, h) => a + h.voiced, 0),
    };
  }
  return rows;
}

function byVoice(clips) {
  const out = new Map();
  for (const c of clips) out.set(c.voice, [...(out.get(c.voice) ?? []), c]);
  return out;
}
