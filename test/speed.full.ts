import { decodeMulaw, encodeMulaw, resample } from '@undertone/audio/pcm';
import { detect, detectAtFoundSpeed } from '@undertone/detector';
import { hex } from '@undertone/token';
import { expect, it } from 'vitest';
import { markCall, RATE, speech, trust } from './call.ts';

it('finds what was played at another speed, and says so', async () => {
  const { samples, session, sessionRecord } = markCall(await speech('it-m'));
  const faster = decodeMulaw(encodeMulaw(resample(resample(samples, RATE, 8000), 8360, 8000)));
  const options = { sampleRate: 8000, trust, records: [sessionRecord] };
  expect(detect(faster, options).state).toBe('absent');
  const shares: number[] = [];
  const report = detectAtFoundSpeed(faster, options, (share) => shares.push(share))!;
  expect(shares.at(-1)).toBe(1);
  expect(shares).toEqual(shares.toSorted((a, b) => a - b));
  expect(report.state).toBe('attested');
  expect(report.findings).toContainEqual({ code: 'speed-changed', detail: 'played 1.045 times as fast as it was spoken' });
  const [span] = report.spans;
  expect(span).toMatchObject({ sessionId: hex(session.locator), content: 'full' });
  expect(Math.abs(span.endSeconds - faster.length / 8000)).toBeLessThan(1);
});

it('finds nothing at any speed where there is no mark', async () => {
  expect(detectAtFoundSpeed(await speech('ru-f'), { sampleRate: RATE, trust })).toBeNull();
});
