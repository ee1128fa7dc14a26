import { opusRoundTrip } from '@undertone/audio';
import { createDetector, type DetectorEvent, detect } from '@undertone/detector';
import { hex } from '@undertone/token';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Call, markCall, RATE, speech, telephone, trust } from './call.ts';

/** Five slots: the second agent begins so much later, and then both speak at once for 17 s. Their slots begin at the same samples. */
const LATER = 12.8 * RATE;
/** Two recordings at equal power, each marked for a session of its own. */
let calls: Call[];
let mixed: Float32Array;

beforeAll(async () => {
  const voices = [await speech('it-m'), await speech('ru-f')];
  calls = voices.map((voice, i) => {
    const gain = 0.06 / Math.sqrt(voice.reduce((a, v) => a + v * v, 0) / voice.length);
    const level = voice.map((v) => gain * v);
    // Of a mark under another voice of the same level two fifths are left: frames have to last longer.
    return markCall(level, RATE, 'frame', RATE, {
      agent: `agent ${i}`,
      family: 2 * i,
      reserve: 3,
      random: (n) => new Uint8Array(n).fill(40 + i),
    });
  });
  const [a, b] = calls.map((call) => call.samples);
  mixed = Float32Array.from({ length: b.length + LATER }, (_, i) => Math.max(-1, Math.min(1, (a[i] ?? 0) + (b[i - LATER] ?? 0))));
});

const WAYS: [string, number, (x: Float32Array) => Promise<Float32Array>][] = [
  ['µ-law 8 kHz', 8000, async (x) => telephone(x)],
  ['Opus 24 kbit/s', RATE, (x) => opusRoundTrip(x, RATE, { bitrate: 24_000 })],
];

describe.each(WAYS)('two agents at once, in one channel, through %s', (_, sampleRate, way) => {
  it('are both verified from their session records', async () => {
    const records = calls.map((call) => call.sessionRecord);
    const report = detect(await way(mixed), { sampleRate, trust, records });
    for (const [i, { session }] of calls.entries()) {
      const spans = report.spans.filter((span) => span.sessionId === hex(session.locator));
      // A slot that is talked over may say that its words are not the signed ones: that is true of what is heard.
      const attested = spans.filter(({ state }) => state === 'attested');
      expect(new Set(attested.map(({ agent }) => agent))).toEqual(new Set([`agent ${i}`]));
      expect(attested.reduce((sum, { startSeconds, endSeconds }) => sum + endSeconds - startSeconds, 0)).toBeGreaterThan(20);
    }
    expect(report.findings.map((finding) => finding.code)).toContain('several-sessions');
  });

  it('are both claimed from the sound alone, and each chip family is told', async () => {
    const heard = await way(mixed);
    const detector = createDetector({ sampleRate, trust });
    const events: DetectorEvent[] = [];
    for (let at = 0; at < heard.length; at += 160) events.push(...detector.push(heard.subarray(at, at + 160)));
    const families = events.flatMap((event) => (event.type === 'mark' ? [event.family] : []));
    expect(families).toEqual(expect.arrayContaining([0, 2]));
    const claimed = detector.report().spans.map((span) => [span.state, span.sessionId]);
    expect(claimed.sort()).toEqual(calls.map(({ session }) => ['claimed', hex(session.locator)]).sort());
  });
});
