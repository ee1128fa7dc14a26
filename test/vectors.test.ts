import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { codeHolds, makeVectors } from './vectors.ts';

const folder = fileURLToPath(new URL('../protocol/vectors/', import.meta.url));
const made = makeVectors();
if (process.env.UNDERTONE_WRITE_VECTORS) {
  mkdirSync(folder, { recursive: true });
  for (const [name, value] of made) writeFileSync(`${folder}${name}.json`, `${JSON.stringify(value, null, 1)}\n`);
}

describe('the committed vectors', () => {
  for (const [name, value] of made)
    it(`${name}.json is what this implementation gives`, () => {
      expect(JSON.parse(JSON.stringify(value))).toEqual(JSON.parse(readFileSync(`${folder}${name}.json`, 'utf8')));
    });
  it('hold the failures that they name', () => {
    const card = made.get('card') as { cases: { description: string; valid: boolean; code: string | null }[] };
    expect(card.cases.filter((c) => c.valid)).toHaveLength(2);
    expect(new Set(card.cases.map((c) => c.code))).toEqual(
      new Set([
        null,
        'card-bad-length',
        'card-unknown-profile',
        'card-unknown-critical',
        'card-not-yet-valid',
        'card-expired',
        'issuer-unknown',
        'card-bad-signature',
      ]),
    );
  });
  it('hold code words that read back', () => {
    const { frames } = made.get('frame') as { frames: { frame: string }[] };
    for (const { frame } of frames) expect(codeHolds(Uint8Array.from(Buffer.from(frame, 'hex')))).toBe(true);
  });
});
