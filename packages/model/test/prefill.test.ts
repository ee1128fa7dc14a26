import { beforeAll, expect, test } from 'vitest';
import { STREAMS, TINY } from '../src/config.ts';
import type { PromptColumns } from '../src/engine/prompt.ts';
import { bf16ToFloat } from '../src/weights/bfloat16.ts';
import { lmShapes } from '../src/weights/lm-weights.ts';
import { RandomWeights, uniform } from '../src/weights/random.ts';
import { type BuiltModel, languageModel, writeColumn } from './parity.ts';

const COLUMNS = 140;
const columns = Array.from({ length: COLUMNS }, (_, t) =>
  Array.from(uniform(`column-${t}`, STREAMS), (u) => Math.floor(((u + 1) / 2) * TINY.lm.textCard)),
);
const none = new Float32Array(0);

let built: BuiltModel;
let stepwise: number[][];
beforeAll(async () => {
  built = await languageModel(TINY, 1);
  stepwise = after([]);
});

function step(position: number): number[] {
  const { model } = built;
  writeColumn(model, 0, columns[position], position);
  model.step(1);
  model.cache.advance(0, 1);
  return [Number(model.outputs.host.text_token[0]), ...Array.from(model.outputs.host.codes, Number)];
}

function take(prompt: PromptColumns, position: number): void {
  for (const _ of built.prefill.run(0, prompt, prompt.tokens.length, position));
}

/** The tokens after columns 0 … 119, ten steps, with some columns taken in at once. */
function after(ranges: readonly (readonly [from: number, to: number])[]): number[][] {
  built.model.cache.clear(0);
  for (let position = 0; position < 120; ) {
    const range = ranges.find(([from]) => from === position);
    if (range) take({ tokens: columns.slice(...range), embeddings: none }, position);
    else step(position);
    position = range ? range[1] : position + 1;
  }
  return Array.from({ length: 10 }, (_, i) => step(120 + i));
}

test('columns taken in at once leave the model where single steps leave it: at the start, later, and over a full window', () => {
  expect(after([[0, 40]])).toEqual(stepwise);
  expect(
    after([
      [20, 45],
      [60, 119],
    ]),
  ).toEqual(stepwise);
});

test('steps given as embeddings are what their tokens would have been', () => {
  const { dim, audioCard } = TINY.lm;
  const weights = new RandomWeights(lmShapes(TINY.lm), 'BF16');
  const row = (name: string, index: number): Float32Array => {
    const bytes = new Uint8Array(2 * dim);
    weights.read(name, index * dim, bytes);
    return bf16ToFloat(new Uint16Array(bytes.buffer));
  };
  const sums = columns.slice(0, 20).map((column) =>
    column.reduce((sum, token, stream) => {
      const part = stream === 0 ? row('text_emb.weight', token) : row(`emb.${stream - 1}.weight`, Math.min(token, audioCard));
      return sum.map((v, i) => v + part[i]);
    }, new Float32Array(dim)),
  );
  const tokens = [...columns.slice(0, 20).map(() => new Array(STREAMS).fill(0)), ...columns.slice(20, 40)];
  built.model.cache.clear(0);
  take({ tokens, embeddings: Float32Array.from(sums.flatMap((s) => [...s])) }, 0);
  for (let position = 40; position < 120; position++) step(position);
  expect(Array.from({ length: 10 }, (_, i) => step(120 + i))).toEqual(stepwise);
});
