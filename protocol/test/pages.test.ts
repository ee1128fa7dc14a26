import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fillPage } from '../src/generate/pages.ts';
import { PACKAGE_FOLDER, placeVectors, readVectorFiles } from '../src/vectors.ts';

const folder = join(PACKAGE_FOLDER, 'spec');
const vectors = placeVectors(readVectorFiles());

describe('the pages of the specification', () => {
  for (const name of readdirSync(folder).filter((n) => n.endsWith('.md')))
    it(`${name} shows what the vectors hold`, () => {
      const text = readFileSync(join(folder, name), 'utf8');
      const filled = fillPage(text, vectors);
      if (process.env.UNDERTONE_WRITE_VECTORS) writeFileSync(join(folder, name), filled);
      else expect(filled).toBe(text);
    });
});
