import { expect, test } from 'vitest';
import { TINY } from '../src/config.ts';
import { codec, codecRoundTrip, converse, languageModel, traced } from './parity.ts';
import { largestDifference, Reference } from './reference.ts';

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

test('the logits and hidden values of upstream, in the first frames and past the edge of the window', async () => {
  const { hidden, logits, audioLogits } = await traced(TINY);
  const reference = new Reference('tiny');
  expect(largestDifference(hidden, reference.floats('greedy.hidden'))).toBeLessThan(1e-4);
  expect(largestDifference(logits, reference.floats('greedy.text_logits'))).toBeLessThan(1e-4);
  expect(largestDifference(audioLogits, reference.floats('greedy.audio_logits'))).toBeLessThan(1e-4);
});

test('the codec gives the codes and the sound of upstream', async () => {
  const { codes, sound } = codecRoundTrip(await codec(TINY, 1), 60);
  const reference = new Reference('mimi-tiny');
  expect(codes).toEqual([...reference.integers('codes')]);
  expect(
    largestDifference(
      sound.filter((_, i) => i % 8 === 0),
      reference.floats('audio'),
    ),
  ).toBeLessThan(1e-4);
});
