import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { type LmConfig, TINY } from '../src/config.ts';
import { FLOAT } from '../src/onnx/types.ts';
import { Catalogue } from '../src/weights/catalogue.ts';
import { findModelFiles } from '../src/weights/directory.ts';
import { LmWeights, lmShapes } from '../src/weights/lm-weights.ts';
import { RandomWeights } from '../src/weights/random.ts';
import { SafetensorsFile } from '../src/weights/safetensors.ts';
import { encodeSafetensors, writeSafetensors } from './write-safetensors.ts';

const folder = mkdtempSync(join(tmpdir(), 'undertone-weights-'));
afterAll(() => rmSync(folder, { recursive: true }));
const path = join(folder, 'model.safetensors');
const SMALL: LmConfig = { ...TINY.lm, dim: 16, ffn: 24, depthDim: 8, depthFfn: 12, audioCard: 10, textCard: 12, heads: 2 };
const code = (expected: string, message = /./) =>
  expect.objectContaining({ code: expected, message: expect.stringMatching(message) });

describe('a safetensors file', () => {
  const entry = (change: object) => ({ a: { dtype: 'F32', shape: [2, 2], data_offsets: [0, 16], ...change } });
  const open = (header: unknown, bytes = 16) => {
    writeFileSync(path, encodeSafetensors(header, new Uint8Array(bytes)));
    return new SafetensorsFile(path);
  };

  test('of the right form is read', () => {
    expect([...open(entry({})).tensors.keys()]).toEqual(['a']);
  });

  test.each([
    ['truncated data', entry({}), 15, /truncated/],
    ['a shape that needs more bytes', entry({ shape: [2, 3] }), 16, /24/],
    ['a type that does not exist', entry({ dtype: 'F33' }), 16, /type/],
    ['a negative dimension', entry({ shape: [-2, -2] }), 16, /shape/],
    ['a fractional dimension', entry({ shape: [0.5, 8] }), 16, /shape/],
    ['offsets the wrong way round', entry({ data_offsets: [16, 0] }), 16, /-16/],
    ['offsets that are no numbers', entry({ data_offsets: ['0', 16] }), 16, /offsets/],
    ['overlapping tensors', { ...entry({}), b: { dtype: 'F32', shape: [1], data_offsets: [12, 16] } }, 16, /overlaps/],
    ['a header that is a list', [], 16, /object/],
    ['a header that is no JSON', '{"a":', 16, /JSON/],
  ])('with %s is refused', (_, header, bytes, message) => {
    expect(() => open(header, bytes)).toThrowError(code('weights-malformed', message));
  });

  test('that claims a huge header, ends in it, or is anything else is refused', () => {
    const huge = new Uint8Array(64).fill(255);
    writeFileSync(path, huge);
    expect(() => new SafetensorsFile(path)).toThrowError(code('weights-malformed', /header/));
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        writeFileSync(path, bytes);
        expect(() => new SafetensorsFile(path)).toThrowError(code('weights-malformed'));
      }),
      { numRuns: 50 },
    );
  });

  test('that does not exist is missing, not malformed', () => {
    expect(() => new SafetensorsFile(join(folder, 'nothing'))).toThrowError(code('weights-missing'));
  });
});

describe('the language model takes its weights', () => {
  const planned = (source: RandomWeights | SafetensorsFile) => {
    const catalogue = new Catalogue(source);
    const weights = new LmWeights(catalogue, SMALL, FLOAT);
    weights.embeddings();
    weights.inProjection('transformer.layers.1');
    weights.depthInputs();
    for (let k = 0; k < 8; k++) weights.inProjection('depformer.layers.0', k);
    weights.outProjection('depformer.layers.0', 3);
    return [...catalogue.planned.values()].map(({ key, content }) => {
      const slices = content as { tensor: string; start: number; count: number }[];
      const bytes = slices.map(({ tensor, start, count }) => {
        const into = new Uint8Array(count * 2);
        source.read(tensor, start, into);
        return Buffer.from(into).toString('hex');
      });
      return [key, bytes.join('')] as const;
    });
  };
  const stacked = new RandomWeights(lmShapes(SMALL), 'BF16');

  test('stacked by step, as published', () => {
    writeSafetensors(path, stacked);
    expect(planned(new SafetensorsFile(path))).toEqual(planned(stacked));
  });

  test('split by step', () => {
    writeSafetensors(path, stacked, (name) => {
      const split = (parts: string) =>
        Array.from(
          { length: name.startsWith('dep') ? 8 : 1 },
          (_, k) => `${name.split('.self_attn')[0]}.self_attn.${parts}.${k}.weight`,
        );
      if (name.endsWith('in_proj_weight')) return split('in_projs');
      return name.endsWith('out_proj.weight') ? split('out_projs') : [name];
    });
    expect(planned(new SafetensorsFile(path))).toEqual(planned(stacked));
  });

  test('with the sixteen depth steps of PersonaPlex, of which the first eight are used', () => {
    writeSafetensors(path, new RandomWeights(lmShapes(SMALL, 16), 'BF16'));
    expect(planned(new SafetensorsFile(path))).toEqual(planned(stacked));
  });

  test('and names a tensor that is missing or of another shape', () => {
    const without = lmShapes(SMALL);
    without.delete('emb.7.weight');
    expect(() => planned(new RandomWeights(without, 'BF16'))).toThrowError(code('tensor-missing', /emb\.7\.weight/));
    const other = lmShapes(SMALL).set('emb.7.weight', [11, 17]);
    expect(() => planned(new RandomWeights(other, 'BF16'))).toThrowError(
      code('tensor-mismatch', /emb\.7\.weight.*\[11, 17\].*\[11, 16\]/),
    );
    expect(() => planned(new RandomWeights(new Map(), 'BF16'))).toThrowError(code('tensor-missing', /linears/));
  });
});

describe('the official files', () => {
  test('are found in a download and through the links of a cache', () => {
    const plain = join(folder, 'plain');
    const cache = join(folder, 'models--x--y');
    const snapshot = join(cache, 'snapshots', 'abc');
    for (const dir of [plain, join(cache, 'blobs'), join(cache, 'refs'), join(plain, 'voices'), snapshot])
      mkdirSync(dir, { recursive: true });
    for (const name of ['model.safetensors', 'tokenizer-e351c8d8-checkpoint125.safetensors', 'tokenizer_spm_32k_3.model']) {
      writeFileSync(join(plain, name), encodeSafetensors({}, new Uint8Array(0)));
      writeFileSync(join(cache, 'blobs', name), encodeSafetensors({}, new Uint8Array(0)));
      symlinkSync(join('..', '..', 'blobs', name), join(snapshot, name));
    }
    writeFileSync(join(cache, 'refs', 'main'), 'abc');
    expect(findModelFiles(plain).voices).toBe(join(plain, 'voices'));
    const found = findModelFiles(cache);
    expect(found.lm).toBe(join(snapshot, 'model.safetensors'));
    expect(new SafetensorsFile(found.lm).tensors.size).toBe(0);
  });

  test('that are missing are named', () => {
    const empty = join(folder, 'empty');
    mkdirSync(empty);
    expect(() => findModelFiles(empty)).toThrowError(code('weights-missing', /model\.safetensors/));
    expect(() => findModelFiles(join(folder, 'nowhere'))).toThrowError(code('weights-missing'));
  });
});
