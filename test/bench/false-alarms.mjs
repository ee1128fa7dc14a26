// Claims and verdicts on speech that carries no mark, under the record of a session that never spoke it.
import { createDetector } from '../../packages/detector/dist/index.js';
import { mark, RATE, trust } from './clips.mjs';

export function falseAlarms(clips, progress) {
  const stranger = mark(clips[0].samples);
  let [seconds, marks, claims, verified] = [0, 0, 0, 0];
  for (const [i, { samples }] of clips.entries()) {
    progress(`unmarked ${i + 1}/${clips.length}`);
    const detector = createDetector({ sampleRate: RATE, trust, records: [stranger.sessionRecord] });
    for (let at = 0; at < samples.length; at += RATE)
      for (const e of detector.push(samples.subarray(at, at + RATE))) if (e.type === 'mark') marks++;
    const report = detector.report();
    claims += report.spans.filter((s) => s.state === 'claimed').length;
    verified += report.spans.filter((s) => s.state !== 'claimed').length;
    seconds += samples.length / RATE;
  }
  return { hours: seconds / 3600, alignmentsSuspected: marks, wrongClaims: claims, wrongVerdicts: verified };
}
