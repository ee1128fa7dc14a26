import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeWav } from '@undertone/audio/wav';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { TINY } from '../src/config.ts';
import { openEngine } from '../src/engine/open-engine.ts';
import { promptColumns } from '../src/engine/prompt.ts';
import { Streams } from '../src/engine/streams.ts';
import { readVoices } from '../src/engine/voices.ts';
import { loudness } from '../src/voice/loudness.ts';
import { voiceFiles } from '../src/voice/voice-files.ts';
import { readVoiceSound } from '../src/voice/voice-sound.ts';
import { codec } from './parity.ts';
import { largestDifference } from './reference.ts';

const folder = mkdtempSync(join(tmpdir(), 'undertone-voice-sound-'));
afterAll(() => rmSync(folder, { recursive: true }));
const malformed = expect.objectContaining({ code: 'voice-malformed' });
const tone = (rate: number, seconds: number, frequency: number, gain: (t: number) => number): Float32Array =>
  Float32Array.from({ length: rate * seconds }, (_, i) => gain(i / rate) * Math.sin((2 * Math.PI * frequency * i) / rate));
/** Two seconds of something that moves. */
const voice = tone(24000, 2, 210, (t) => 0.05 + 0.04 * Math.sin(40 * t));

test.each([
  // What pyloudnorm 0.1.1, which upstream uses, gives for the same sounds.
  ['1 kHz', tone(24000, 10, 1000, () => 0.1), 24000, -23.0568],
  ['100 Hz', tone(24000, 10, 100, () => 0.1), 24000, -24.873],
  ['8 kHz', tone(24000, 10, 8000, () => 0.1), 24000, -19.7021],
  ['30 Hz', tone(24000, 10, 30, () => 0.5), 24000, -18.0369],
  [
    'a pause 30 dB below, and silence',
    tone(24000, 10, 440, (t) => (t < 3 ? 0.2 : t < 7 ? 0.2 * 10 ** -1.5 : 0)),
    24000,
    -17.9386,
  ],
  [
    'a passage 6 dB below, and silence',
    tone(24000, 10, 440, (t) => (t < 3 ? 0.2 : t < 7 ? 0.2 * 10 ** -0.3 : 0)),
    24000,
    -20.307,
  ],
  ['another rate', tone(16000, 2, 3000, () => 0.2), 16000, -13.8499],
])('loudness of %s', (_, sound, rate, expected) => {
  expect(loudness(sound, rate)).toBeCloseTo(expected, 2);
});

test('a voice of any rate, level and number of channels comes out at 24 kHz, −24 LUFS, in whole frames', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(8000, 16000, 22050, 24000, 44100, 48000),
      fc.integer({ min: 1, max: 2 }),
      fc.double({ min: 0.01, max: 1, noNaN: true }),
      fc.constantFrom('int16' as const, 'float32' as const),
      (rate, channels, level, sample) => {
        const sound = tone(rate, 1, 500, () => level);
        const read = readVoiceSound(encodeWav(new Array(channels).fill(sound), rate, sample));
        expect(read.length).toBe(13 * 1920);
        expect(loudness(read.subarray(0, 24000), 24000)).toBeCloseTo(-24, 1);
      },
    ),
    { numRuns: 30 },
  );
});

test('what holds no voice is refused', () => {
  const good = encodeWav([voice], 24000);
  const refused = (file: Uint8Array): void => expect(() => readVoiceSound(file)).toThrowError(malformed);
  refused(new Uint8Array(0));
  refused(new TextEncoder().encode('RIFF....WAVE'));
  refused(encodeWav([new Float32Array(48000)], 24000));
  refused(encodeWav([voice.subarray(0, 24000 * 0.39)], 24000));
  refused(encodeWav([voice.map((v, i) => (i === 100 ? Number.NaN : v))], 24000, 'float32'));
  refused(encodeWav([new Float32Array(8000 * 121).fill(0.1)], 8000));
  fc.assert(
    fc.property(fc.integer({ min: 0, max: good.length - 1 }), (length) => {
      refused(good.subarray(0, length));
    }),
  );
});

test('the prompt has a voice’s codes in the own streams, the later codebooks a step later', async () => {
  const at = join(folder, 'prompt');
  writeVoice(at, 'ana.wav', encodeWav([voice], 24000, 'float32'));
  const { encoder } = await codec(TINY, 2);
  const sound = readVoiceSound(encodeWav([voice], 24000, 'float32'));
  const expected = Array.from({ length: 25 }, (_, t) => encoder.encode(sound.subarray(t * 1920, (t + 1) * 1920)));
  const read = readVoices(voiceFiles(at), TINY.lm, encoder).get('ana')!;
  expect(read).toEqual({ codes: expected });
  const { tokens, embeddings } = promptColumns(new Streams(TINY.lm), TINY.lm, read, [7]);
  expect(embeddings.length).toBe(0);
  expect(tokens.length).toBe(25 + 6 + 1 + 6);
  const caller = [430, 1268, 381, 1611, 1095, 1495, 56, 472];
  for (let t = 2; t < 25; t++) expect(tokens[t]).toEqual([3, expected[t][0], ...expected[t - 1].slice(1), ...caller]);
  expect(tokens[25].slice(0, 9)).toEqual([3, 948, ...expected[24].slice(1)]);
});

test('a call speaks on from a voice given as sound, the same each time; a bad one is named before the engine is ready', async () => {
  const at = join(folder, 'calls');
  writeVoice(at, 'ana.wav', encodeWav([voice], 24000));
  writeVoice(at, 'ben.wav', encodeWav([tone(16000, 2, 130, (t) => 0.2 + 0.2 * Math.sin(9 * t))], 16000));
  const options = { provider: 'cpu', threads: 2, places: 2, budgetMs: Number.POSITIVE_INFINITY } as const;
  const weights = { random: 'tiny', voices: at } as const;
  const { engine, info } = await openEngine({ ...options, weights });
  expect(info.voices).toEqual(['ana', 'ben']);
  const say = async (name: string): Promise<number[]> => {
    const call = await engine.open({ persona: { voice: name, role: '' }, sampling: { textTemperature: 0, audioTemperature: 0 } });
    const said: number[] = [];
    for (let t = 0; t < 6; t++) said.push(...(await engine.frame(call, voice.slice(t * 1920, (t + 1) * 1920))).samples);
    engine.close(call);
    return said;
  };
  const ana = await say('ana.wav');
  expect(largestDifference(await say('ana'), ana)).toBeLessThan(1e-4);
  expect(largestDifference(await say('ben'), ana)).toBeGreaterThan(1e-3);

  writeVoice(at, 'eve.wav', encodeWav([voice], 24000).subarray(0, 1000));
  await expect(openEngine({ ...options, weights })).rejects.toEqual(
    expect.objectContaining({ code: 'voice-malformed', message: expect.stringContaining('voice eve: ') }),
  );
});

function writeVoice(at: string, name: string, bytes: Uint8Array): void {
  mkdirSync(at, { recursive: true });
  writeFileSync(join(at, name), bytes);
}
