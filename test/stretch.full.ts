import { decodeMulaw, encodeMulaw, resample } from '@undertone/audio/pcm';
import { detect } from '@undertone/detector';
import { detectStretched } from '@undertone/detector/stretch';
import { lengthen } from '@undertone/signal';
import { hex } from '@undertone/token';
import { expect, it } from 'vitest';
import { markCall, RATE, speech, trust } from './call.ts';

const WAYS: ['speed' | 'tempo', number, (x: Float32Array) => Float32Array][] = [
  ['speed', 1.045, (x) => resample(x, 8360, 8000)],
  ['tempo', 0.96, (x) => lengthen(x, 1 / 0.96)],
];

it.each(WAYS)(
  'finds what was played at another %s (%f), and says so',
  async (kind, factor, stretched) => {
    const { samples, session, sessionRecord } = markCall(await speech('it-m'));
    const heard = decodeMulaw(encodeMulaw(stretched(resample(samples, RATE, 8000))));
    const options = { sampleRate: 8000, trust, records: [sessionRecord] };
    expect(detect(heard, options).state).toBe('absent');
    const shares: number[] = [];
    const report = detectStretched(heard, options, (share) => shares.push(share))!;
    expect(shares).toEqual(shares.toSorted((a, b) => a - b));
    expect(report.state).toBe('attested');
    const finding = report.findings.find(({ code }) => code === `${kind}-changed`);
    expect(Number(finding?.detail?.split(' ')[1])).toBeCloseTo(factor, 2);
    const [span] = report.spans;
    expect(span).toMatchObject({ sessionId: hex(session.locator), content: 'full' });
    expect(Math.abs(span.endSeconds - heard.length / 8000)).toBeLessThan(1);
  },
  600_000,
);

it('finds nothing at any speed or tempo where there is no mark', async () => {
  expect(detectStretched(await speech('ru-f'), { sampleRate: RATE, trust })).toBeNull();
}, 600_000);
