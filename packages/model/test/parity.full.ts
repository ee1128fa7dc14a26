import { expect, test } from 'vitest';
import { MIDDLE } from '../src/config.ts';
import { codec, codecRoundTrip, converse, languageModel, traced } from './parity.ts';
import { largestDifference, Reference } from './reference.ts';

const reference = new Reference('middle');

test('the middle size: two hundred greedy frames, and their logits', async () => {
  const { tokens } = converse(await languageModel(MIDDLE, 1), MIDDLE, 0, false);
  expect(tokens).toEqual([...reference.integers('greedy.tokens')]);
  const { hidden, logits, audioLogits } = await traced(MIDDLE);
  expect(largestDifference(hidden, reference.floats('greedy.hidden'))).toBeLessThan(1e-4);
  expect(largestDifference(logits, reference.floats('greedy.text_logits'))).toBeLessThan(1e-4);
  expect(largestDifference(audioLogits, reference.floats('greedy.audio_logits'))).toBeLessThan(1e-4);
});

test('the middle size: two hundred sampled frames', async () => {
  const { tokens } = converse(await languageModel(MIDDLE, 2), MIDDLE, 1, true);
  expect(tokens).toEqual([...reference.integers('sampled.tokens')]);
});

test('the codec at its real size, past the edge of its window', async () => {
  const { codes, sound } = codecRoundTrip(await codec(MIDDLE, 1), 140);
  const full = new Reference('mimi');
  expect(codes).toEqual([...full.integers('codes')]);
  expect(
    largestDifference(
      sound.filter((_, i) => i % 16 === 0),
      full.floats('audio'),
    ),
  ).toBeLessThan(1e-4);
});
