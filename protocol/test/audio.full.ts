import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { encodeAudio } from '@undertone/audio';
import { beforeAll, describe, expect, it } from 'vitest';
import { AUDIO_FOLDER } from '../src/audio-files.ts';
import { makeAudio } from '../src/cases/audio.ts';
import { compare } from '../src/compare.ts';
import { formatFile, performHere } from '../src/generate/builder.ts';
import { makeAudioFiles } from '../src/generate/files.ts';
import { placeVectors, readVectorFiles, VECTOR_FOLDER } from '../src/vectors.ts';

const MEGABYTE = 2 ** 20;

beforeAll(async () => {
  if (!process.env.UNDERTONE_WRITE_VECTORS) return;
  const { sounds, records } = await makeAudio();
  for (const [name, samples] of sounds)
    writeFileSync(join(AUDIO_FOLDER, `${name}.flac`), await encodeAudio([samples], 8000, `${name}.flac`));
  for (const [path, file] of await makeAudioFiles(records)) {
    const name = join(VECTOR_FOLDER, `${path}.json`);
    mkdirSync(dirname(name), { recursive: true });
    writeFileSync(name, formatFile(file));
  }
}, 600_000);

describe('the recordings of the vectors', () => {
  const vectors = (): ReturnType<typeof placeVectors> =>
    placeVectors(readVectorFiles()).filter((v) => v.input.audio !== undefined);
  it('give this implementation what the vectors say', async () => {
    expect(vectors().length).toBeGreaterThan(10);
    for (const { id, operation, input, expect: expected, tolerance } of vectors())
      expect(compare(expected, await performHere(operation, input), tolerance), id).toBeNull();
  }, 600_000);
  it('stay small', () => {
    const names = new Set(vectors().map((v) => v.input.audio as string));
    const sizes = [...names].map((name) => statSync(join(AUDIO_FOLDER, `${name}.flac`)).size);
    expect(sizes.reduce((a, b) => a + b, 0)).toBeLessThan(3 * MEGABYTE);
  });
});
