import { resample } from '@undertone/audio/pcm';
import { beforeAll, describe, expect, it } from 'vitest';
import { drift, jitter, loss } from './disturbances.ts';
import { hear, information, mark, speech } from './marked.ts';

/** Name, what happens, and the share of the undisturbed information that must be left. */
const DISTURBANCES: [string, (x: Float32Array) => Float32Array, number][] = [
  ['another gain', (x) => x.map((v) => 0.03 * v), 0.97],
  ['the other polarity', (x) => x.map((v) => -v), 0.97],
  ['44.1 kHz and back', (x) => resample(resample(x, 8000, 44_100), 44_100, 8000), 0.95],
  ['a clock that is 200 ppm fast', (x) => drift(x, 200), 0.9],
  ['a clock that is 200 ppm slow', (x) => drift(x, -200), 0.9],
  ['a beginning that is cut off', (x) => x.subarray(12_345), 0.75],
  ['5 % of the packets concealed', (x) => loss(x, 0.05), 0.75],
  ['a jitter buffer that cuts and stretches by turns, every second', (x) => jitter(x, 'both', 1), 0.7],
  ['a jitter buffer that cuts every second', (x) => jitter(x, 'cut', 1), 0.6],
  ['a jitter buffer that stretches every second', (x) => jitter(x, 'stretch', 1), 0.75],
];

describe.each(['it-m', 'ru-f'])('a mark on voice %s', (voice) => {
  let marked: Float32Array;
  let undisturbed: number;
  const left = (tracks: ReturnType<typeof hear>): number => Math.max(0, ...[...tracks.values()].map(information)) / undisturbed;
  beforeAll(async () => {
    marked = mark(await speech(voice));
    undisturbed = 1;
    undisturbed = left(hear(marked));
  });

  it.each(DISTURBANCES)('is still read, as one mark, after %s', (name, disturb, least) => {
    const tracks = hear(disturb(marked));
    expect(tracks.size).toBe(1);
    const share = left(tracks);
    if (process.env.UNDERTONE_MEASURE) console.log(`${voice}: ${name}: ${share.toFixed(2)}`);
    expect(share).toBeGreaterThan(least);
  });
});
