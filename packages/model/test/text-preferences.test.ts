import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { ADJUSTED_TOKENS } from '../src/config.ts';
import { TextPreferences, type TextPreferencesOptions } from '../src/engine/text-preferences.ts';
import { adjust } from '../src/graphs/sampler.ts';
import { Graph } from '../src/onnx/graph.ts';
import { FLOAT, INT64 } from '../src/onnx/types.ts';
import { openRuntime } from '../src/runtime/runtime.ts';

const WIDTH = 40;
const PLACES = 2;
type Inputs = Parameters<TextPreferences['write']>[1];

/** The graph's part on its own: logits of two places in, adjusted logits out. */
let adjusted: (logits: Float32Array, inputs: Inputs) => Float32Array;
beforeAll(async () => {
  const runtime = await openRuntime({ provider: 'cpu', threads: 1 });
  const g = new Graph(FLOAT);
  const field = [PLACES, ADJUSTED_TOKENS];
  const logits = g.input('logits', FLOAT, [PLACES, WIDTH]);
  const places = g.input('places', INT64, field);
  const out = adjust(g, logits, { places, penalty: g.input('penalty', FLOAT, field), shift: g.input('shift', FLOAT, field) });
  g.op('Identity', [out], {}, g.output('out', FLOAT, [PLACES, WIDTH]));
  const tensor = (type: typeof FLOAT | typeof INT64, dims: number[], width: number) => {
    const memory = runtime.device.allocate(dims[0] * dims[1] * width);
    return { memory, tensor: runtime.tensor(memory, 0, type, dims) };
  };
  const tensors = {
    logits: tensor(FLOAT, [PLACES, WIDTH], 4),
    places: tensor(INT64, field, 8),
    penalty: tensor(FLOAT, field, 4),
    shift: tensor(FLOAT, field, 4),
    out: tensor(FLOAT, [PLACES, WIDTH], 4),
  };
  const session = runtime.session(g, new Map());
  const binding = runtime.bind(session, Object.fromEntries(Object.entries(tensors).map(([name, t]) => [name, t.tensor])));
  adjusted = (values, inputs) => {
    runtime.device.upload(tensors.logits.memory, 0, values);
    runtime.device.upload(tensors.places.memory, 0, inputs.text_adjusted);
    runtime.device.upload(tensors.penalty.memory, 0, inputs.text_penalty);
    runtime.device.upload(tensors.shift.memory, 0, inputs.text_shift);
    runtime.run(binding);
    const result = new Float32Array(PLACES * WIDTH);
    runtime.device.download(tensors.out.memory, 0, result);
    return result;
  };
});

/** The rule in plain words: the newest words first, as many as the context has, each changed once; padding by the multiplier. */
function expected(logits: number[], said: number[], options: Required<TextPreferencesOptions>, temperature: number): number[] {
  const out = [...logits];
  const words = said.filter((token) => token !== 0 && token !== 3).reverse();
  for (const token of new Set(words.slice(0, options.repetitionPenaltyContext)))
    out[token] = out[token] >= 0 ? out[token] / options.repetitionPenalty : out[token] * options.repetitionPenalty;
  out[3] += options.padMultiplier * temperature;
  return out;
}

const logits = fc.array(fc.float({ min: -20, max: 20, noNaN: true }), { minLength: WIDTH, maxLength: WIDTH });
const said = fc.array(fc.integer({ min: 0, max: WIDTH - 1 }), { maxLength: 300 });
const options = fc.record({
  padMultiplier: fc.double({ min: -4, max: 4, noNaN: true }),
  repetitionPenalty: fc.double({ min: 0.5, max: 2, noNaN: true }),
  repetitionPenaltyContext: fc.integer({ min: 0, max: 200 }),
});
const empty = (): Inputs => ({
  text_adjusted: new BigInt64Array(PLACES * ADJUSTED_TOKENS),
  text_penalty: new Float32Array(PLACES * ADJUSTED_TOKENS),
  text_shift: new Float32Array(PLACES * ADJUSTED_TOKENS),
});

test('logits are changed by the rule, for each place by its own', () => {
  fc.assert(
    fc.property(fc.tuple(logits, logits), fc.tuple(said, said), fc.tuple(options, options), (values, words, chosen) => {
      const inputs = empty();
      for (const place of [0, 1]) {
        const preferences = new TextPreferences(chosen[place], 0.7);
        for (const token of words[place]) preferences.hear(token);
        preferences.write(place, inputs);
      }
      const result = adjusted(Float32Array.from(values.flat()), inputs);
      const wanted = [0, 1].flatMap((place) => expected(values[place], words[place], chosen[place], 0.7));
      wanted.forEach((value, i) => {
        expect(Math.abs(result[i] - value)).toBeLessThan(1e-4);
      });
    }),
    { numRuns: 200 },
  );
});

test('neutral preferences leave every bit as it was', () => {
  fc.assert(
    fc.property(logits, said, (values, words) => {
      const inputs = empty();
      for (const place of [0, 1]) {
        const preferences = new TextPreferences({}, 0.7);
        for (const token of words) preferences.hear(token);
        preferences.write(place, inputs);
      }
      const given = Float32Array.from([...values, ...values]);
      expect(adjusted(given, inputs).every((value, i) => value === given[i])).toBe(true);
    }),
  );
});
