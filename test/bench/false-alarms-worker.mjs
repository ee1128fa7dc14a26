// One voice for false-alarms.mjs: the whole detector, and the chip search alone.
import { parentPort, workerData } from 'node:worker_threads';
import { createDetector } from '../../packages/detector/dist/index.js';
import { hex } from '../../packages/token/dist/index.js';
import { search, softCells } from './channels/presence.mjs';
import { loadClips, mark, RATE, trust } from './clips.mjs';
import { SCORE_FROM, SCORE_STEP } from './false-alarms.mjs';

const { folder, seconds, perVoice } = workerData;
/** A session that never spoke any of this. */
const stranger = mark((await loadClips(undefined, 30, 1))[0].samples);

function detect(samples, own) {
  const detector = createDetector({ sampleRate: RATE, trust, records: [stranger.sessionRecord] });
  let suspected = 0;
  for (let at = 0; at < samples.length; at += RATE)
    for (const e of detector.push(samples.subarray(at, at + RATE))) if (e.type === 'mark') suspected++;
  const wrong = detector.report().spans.filter((s) => s.sessionId !== own);
  const claims = wrong.filter((s) => s.state === 'claimed').length;
  return { alignmentsSuspected: own ? 0 : suspected, wrongClaims: claims, wrongVerdicts: wrong.length - claims };
}

/** How often the best score rises over each level. It must fall half a step below before it counts again. */
function rises(samples) {
  const counts = [];
  let above = 0;
  search(softCells(samples, RATE), 0, Number.POSITIVE_INFINITY, (_, score) => {
    const level = Math.floor((score - SCORE_FROM) / SCORE_STEP) + 1;
    for (let i = above; i < level; i++) counts[i] = (counts[i] ?? 0) + 1;
    above = Math.max(level, score === 0 || level < above - 10 ? 0 : above);
  });
  return Array.from(counts, (n) => n ?? 0);
}

function measure(kind, samples) {
  if (kind === 'unmarked') return { ...detect(samples, null), rises: rises(samples) };
  const call = mark(samples);
  return { ...detect(call.samples, hex(call.session.card.locator)), rises: [] };
}

parentPort.on('message', async (task) => {
  const result = { seconds: 0, alignmentsSuspected: 0, wrongClaims: 0, wrongVerdicts: 0, rises: [] };
  for (const { samples } of await loadClips(folder, seconds, perVoice, task.voice)) {
    const one = measure(task.kind, samples);
    result.seconds += samples.length / RATE;
    for (const key of ['alignmentsSuspected', 'wrongClaims', 'wrongVerdicts']) result[key] += one[key];
    one.rises.forEach((n, i) => {
      result.rises[i] = (result.rises[i] ?? 0) + n;
    });
  }
  result.rises = Array.from(result.rises, (n) => n ?? 0);
  parentPort.postMessage({ task, result });
});
