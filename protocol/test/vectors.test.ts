import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { compare } from '../src/compare.ts';
import { formatFile } from '../src/generate/builder.ts';
import { makeFiles } from '../src/generate/files.ts';
import { coverage, readRules } from '../src/rules.ts';
import { PACKAGE_FOLDER, placeVectors, readVectorFiles, VECTOR_FOLDER } from '../src/vectors.ts';

const made = await makeFiles();
if (process.env.UNDERTONE_WRITE_VECTORS)
  for (const [path, file] of made) {
    const name = join(VECTOR_FOLDER, `${path}.json`);
    mkdirSync(dirname(name), { recursive: true });
    writeFileSync(name, formatFile(file));
  }
const committed = readVectorFiles();
const vectors = placeVectors(committed);

describe('the committed vectors', () => {
  it('are what this implementation answers', () => {
    // Made just now by asking it; those with sound take minutes: audio.full.ts.
    const silent = [...committed]
      .filter(([, file]) => file.vectors.every((v) => v.input.audio === undefined))
      .map(([path]) => path);
    expect(silent.sort()).toEqual([...made.keys()].sort());
    for (const vector of placeVectors(made)) {
      const other = vectors.find((v) => v.id === vector.id);
      expect(other?.input, vector.id).toEqual(JSON.parse(JSON.stringify(vector.input)));
      expect(other && compare(other.expect, vector.expect, other.tolerance), vector.id).toBeNull();
    }
  });
  it('follow their schema', () => {
    const validate = new Ajv2020({ allErrors: true }).compile(
      JSON.parse(readFileSync(join(PACKAGE_FOLDER, 'schema/vectors.schema.json'), 'utf8')),
    );
    for (const [path, file] of committed) expect(validate(file) ? [] : validate.errors, path).toEqual([]);
  });
  it('are many, and at least half of them are refusals', () => {
    expect(vectors.length).toBeGreaterThanOrEqual(150);
    expect(vectors.filter((v) => v.polarity === 'negative').length).toBeGreaterThanOrEqual(vectors.length / 2);
    expect(new Set(vectors.map((v) => v.id)).size).toBe(vectors.length);
  });
  it('name every code in the registry of errors', () => {
    const { errors } = JSON.parse(readFileSync(join(PACKAGE_FOLDER, 'registry/errors.json'), 'utf8')) as {
      errors: { code: string; layer: string }[];
    };
    const layers = new Map(errors.map(({ code, layer }) => [code, layer]));
    for (const { id, expect: expected } of vectors)
      if (!expected.valid) expect(layers.has(expected.code), `${id}: ${expected.code}`).toBe(true);
  });
});

describe('the rules of the specification', () => {
  it('each have a positive and a negative vector', () => {
    expect(coverage(readRules(), vectors)).toEqual({ withoutPositive: [], withoutNegative: [], unknown: [] });
  });
});
