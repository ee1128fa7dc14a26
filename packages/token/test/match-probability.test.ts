import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_LLR, matchInformation, matchProbability } from '../src/index.ts';

const ALL = 0xffffffff;
/** [64] ratios of which the first few say something. */
const slot = (values: readonly number[]): Float32Array => Float32Array.from({ length: 64 }, (_, i) => values[i] ?? 0);

/** W of every way that the mask could have fallen on n ratios, most first. */
function everyMask(values: readonly number[]): number[] {
  return Array.from({ length: 2 ** values.length }, (_, mask) => {
    const coded = new Uint8Array(8);
    for (let i = 0; i < values.length; i++) if ((mask >> i) & 1) coded[i >> 3] |= 0x80 >> (i & 7);
    return matchInformation(slot(values), coded, ALL).total;
  }).sort((a, b) => b - a);
}

describe('the chance of a match', () => {
  it('is what counting every mask gives, within a factor 2 from two fifths down to the rarest hundred', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), (seed) => {
        const values = Array.from({ length: 14 }, (_, i) => 0.3 + 3.7 * ((seed * 0.6180339887 * (i + 1)) % 1));
        const all = everyMask(values);
        for (const rank of [100, 400, 1600, 6400]) {
          const told = matchProbability([{ llr: slot(values), sentMap: ALL }], (all[rank - 1] + all[rank]) / 2);
          expect(told / (rank / all.length)).toBeGreaterThan(0.5);
          expect(told / (rank / all.length)).toBeLessThan(2);
        }
      }),
      { numRuns: 8 },
    );
  });

  it('never exceeds the bound 2^−W', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -MAX_LLR, max: MAX_LLR, noNaN: true }), { minLength: 64, maxLength: 64 }),
        fc.integer({ min: 1, max: 40 }),
        (values, bits) => {
          const told = matchProbability([{ llr: Float32Array.from(values), sentMap: ALL }], bits);
          expect(told).toBeLessThanOrEqual(2 ** -bits);
        },
      ),
    );
  });

  it('is 2^−n where all n ratios agree, and 1 where nothing was heard', () => {
    const full = slot(new Array(20).fill(MAX_LLR));
    const agreed = matchInformation(full, new Uint8Array(8).fill(0xff), ALL).total;
    expect(matchProbability([{ llr: full, sentMap: ALL }], agreed)).toBeCloseTo(2 ** -20, 9);
    expect(matchProbability([{ llr: slot([]), sentMap: ALL }], 0)).toBe(1);
  });

  it('counts only what was sent', () => {
    const llr = Float32Array.from({ length: 64 }, (_, i) => 1 + (i % 5) / 5);
    const half = matchProbability([{ llr, sentMap: 0xffff0000 }], 5);
    const alone = matchProbability([{ llr: llr.map((l, i) => (i < 32 ? l : 0)), sentMap: ALL }], 5);
    expect(half).toBe(alone);
  });
});
