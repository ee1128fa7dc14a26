import { readFileSync } from 'node:fs';
import { decodeAudio } from '@undertone/audio';
import { resample } from '@undertone/audio/pcm';
import { beforeAll, describe, expect, test } from 'vitest';
import { voicedFrames } from '../src/persona/features.ts';
import { summarise, VoiceContinuity, type VoiceSummary, voiceDistance } from '../src/persona/voice-distance.ts';

const voices: Record<string, Float32Array> = {};
beforeAll(async () => {
  for (const name of ['it-m', 'ru-f']) {
    const file = readFileSync(new URL(`../../../test/fixtures/${name}.flac`, import.meta.url));
    const { channels, sampleRate } = await decodeAudio(file);
    voices[name] = resample(channels[0], sampleRate, 24000);
  }
});
const half = (name: string, which: 0 | 1): Float32Array => {
  const samples = voices[name];
  return samples.subarray((which * samples.length) / 2, ((which + 1) * samples.length) / 2);
};
const summary = (samples: Float32Array): VoiceSummary => summarise(voicedFrames(samples))!;
/** Plays faster or slower, so that pitch and formants move by a factor. */
function bend(samples: Float32Array, factor: number): Float32Array {
  return Float32Array.from({ length: Math.floor(samples.length / factor) - 2 }, (_, i) => {
    const at = i * factor;
    const k = Math.floor(at);
    return samples[k] + (samples[k + 1] - samples[k]) * (at - k);
  });
}

describe.each([
  ['it-m', 'ru-f'],
  ['ru-f', 'it-m'],
])('from one half of %s', (name, other) => {
  test('its other half is near, the other voice far, and a bent pitch between', () => {
    const reference = summary(half(name, 0));
    const same = voiceDistance(reference, summary(half(name, 1)));
    expect(same).toBeLessThan(0.15);
    expect(voiceDistance(reference, summary(half(other, 1)))).toBeGreaterThan(0.55);
    for (const factor of [0.8, 1.25]) {
      const bent = voiceDistance(reference, summary(bend(half(name, 1), factor)));
      expect(bent).toBeGreaterThan(0.35);
      expect(bent).toBeGreaterThan(3 * same);
    }
  });

  test('the curve stays low while it goes on, and rises within seconds of the other voice', () => {
    const continuity = new VoiceContinuity(half(name, 0), 3);
    const curve = (samples: Float32Array): number[] => {
      const points: number[] = [];
      for (let i = 0; i + 1920 <= samples.length; i += 1920) {
        const point = continuity.push(samples.subarray(i, i + 1920));
        if (point) points.push(point.distance);
      }
      return points;
    };
    expect(Math.max(...curve(half(name, 1)))).toBeLessThan(0.3);
    expect(curve(half(other, 1)).at(-1)).toBeGreaterThan(0.5);
  });
});

test('silence and noise say nothing about a voice', () => {
  expect(voicedFrames(new Float32Array(48000))).toEqual([]);
  let state = 1;
  const noise = Float32Array.from({ length: 48000 }, () => {
    state = Math.imul(state, 1664525) + 1013904223;
    return (state / 2 ** 31) * 0.3;
  });
  expect(summarise(voicedFrames(noise))).toBeNull();
});

test('a reference without a voice, and a window out of range, are refused', () => {
  const invalid = expect.objectContaining({ code: 'argument-invalid' });
  expect(() => new VoiceContinuity(new Float32Array(48000))).toThrowError(invalid);
  expect(() => new VoiceContinuity(half('it-m', 0), 1)).toThrowError(invalid);
});
