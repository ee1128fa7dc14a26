import { expect, test } from 'vitest';
import { TINY } from '../src/config.ts';
import { codec, converse, languageModel } from './parity.ts';
import { largestDifference, Reference, referenceSound } from './reference.ts';

test('two hundred greedy frames give the tokens of upstream moshi, past the edge of the window', async () => {
  const reference = new Reference('tiny');
  const { tokens, out } = converse(await languageModel(TINY, 1), TINY, 0, false);
  expect(tokens).toEqual([...reference.integers('greedy.tokens')]);
  expect(out).toEqual([...reference.integers('greedy.out')]);
});

test('two hundred sampled frames give the tokens of upstream moshi with the same noise', async () => {
  const reference = new Reference('tiny');
  const { tokens, out } = converse(await languageModel(TINY, 3), TINY, 2, true);
  expect(tokens).toEqual([...reference.integers('sampled.tokens')]);
  expect(out).toEqual([...reference.integers('sampled.out')]);
});

test('the codec gives the codes and the sound of upstream', async () => {
  const reference = new Reference('mimi-tiny');
  const mimi = await codec(TINY, 1);
  const sound = referenceSound(60);
  const codes: number[] = [];
  const heard: number[] = [];
  for (let t = 0; t < 60; t++) {
    mimi.encoder.sound.host.audio.set(sound.subarray(t * 1920, (t + 1) * 1920));
    mimi.encoder.run(1, () => true);
    codes.push(...Array.from(mimi.encoder.codes.host.codes, Number));
    mimi.decoder.codes.host.codes.set(mimi.encoder.codes.host.codes);
    mimi.decoder.run(1, () => true);
    heard.push(...mimi.decoder.sound.host.audio);
  }
  expect(codes).toEqual([...reference.integers('codes')]);
  expect(largestDifference(heard.filter((_, i) => i % 8 === 0), reference.floats('audio'))).toBeLessThan(1e-4);
});
