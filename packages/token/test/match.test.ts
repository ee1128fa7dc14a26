import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addDistances,
  bytesToBits,
  digestDistance,
  digestVerdict,
  explainedBits,
  explainedLive,
  frameSent,
  maskSealedBits,
  matchInformation,
  requiredBits,
  sealMask,
} from '../src/index.ts';
import { flip, seeded } from './fixtures.ts';

const ALL = 0xffffffff;

/** Ratios of strength `size` that say exactly these bits. */
function saying(coded: Uint8Array, size: number): Float32Array {
  return Float32Array.from(bytesToBits(coded), (bit) => (bit === 1 ? size : -size));
}

describe('matchInformation', () => {
  const coded = seeded('coded')(8);

  it('is near 64 bits for ratios that agree, and far below 0 for the opposite', () => {
    const each = 1 - Math.log2(1 + Math.exp(-6));
    expect(matchInformation(saying(coded, 6), coded, ALL).total).toBeCloseTo(64 * each, 6);
    expect(matchInformation(saying(coded, 100), coded, ALL).total).toBeCloseTo(64 * each, 6);
    expect(matchInformation(saying(coded, -6), coded, ALL).total).toBeLessThan(-400);
  });

  it('counts only frames in the sent map, and nothing where erased', () => {
    const { total, perFrame } = matchInformation(saying(coded, 6), coded, 0x80000001);
    expect([...perFrame].map((value) => value > 0)).toEqual(Array.from({ length: 32 }, (_, i) => i === 0 || i === 31));
    expect(total).toBeCloseTo(perFrame[0] + perFrame[31], 5);
    expect(matchInformation(new Float32Array(64), coded, ALL).total).toBe(0);
    expect(matchInformation(new Float32Array(64).fill(Number.NaN), coded, ALL).total).toBe(0);
    expect([frameSent(0x80000000, 0), frameSent(0x80000000, 1), frameSent(1, 31)]).toEqual([true, false, true]);
  });

  it('has E[2^W] = 1 over fair coins, whatever the ratios', () => {
    fc.assert(
      fc.property(fc.array(fc.float({ min: -20, max: 20, noNaN: true }), { minLength: 8, maxLength: 8 }), (values) => {
        const llr = new Float32Array(64);
        llr.set(values);
        let mean = 0;
        for (let pattern = 0; pattern < 256; pattern++) {
          mean += 2 ** matchInformation(llr, Uint8Array.of(pattern, 0, 0, 0, 0, 0, 0, 0), 0xf0000000).total / 256;
        }
        expect(mean).toBeCloseTo(1, 9);
      }),
      { numRuns: 30 },
    );
  });

  it('does not pass with the masks of other keys', () => {
    const hash = seeded('hash')(32);
    const sealed = seeded('sealed')(8);
    const key = seeded('key')(12);
    const heard = saying(maskSealedBits(sealed, key, hash, 9), 3);
    expect(maskSealedBits(maskSealedBits(sealed, key, hash, 9), key, hash, 9)).toEqual(sealed);
    expect(maskSealedBits(new Uint8Array(8), key, hash, 9)).toEqual(sealMask(key, hash, 9));
    expect(matchInformation(heard, maskSealedBits(sealed, key, hash, 9), ALL).total).toBeGreaterThan(48);
    for (let i = 0; i < 200; i++)
      expect(matchInformation(heard, maskSealedBits(sealed, seeded(`${i}`)(12), hash, 9), ALL).total).toBeLessThan(12);
    expect(matchInformation(heard, maskSealedBits(sealed, key, flip(hash, 0), 9), ALL).total).toBeLessThan(12);
  });

  it('refuses other sizes', () => {
    expect(() => matchInformation(new Float32Array(63), coded, ALL)).toThrow('bad-argument');
    expect(() => matchInformation(new Float32Array(64), coded.slice(1), ALL)).toThrow('bad-argument');
  });

  it('charges for candidates past 256', () => {
    expect([1, 256, 512, 4096].map(requiredBits)).toEqual([48, 48, 49, 52]);
    expect(() => requiredBits(0)).toThrow('bad-argument');
  });
});

describe('digest', () => {
  it('compares clear bits only', () => {
    const bits = Uint8Array.of(0xff, 0x0f);
    expect(digestDistance({ bits, clear: Uint8Array.of(0xff, 0xf0) }, Uint8Array.of(0xfe, 0xff))).toEqual({
      compared: 12,
      errors: 5,
    });
    expect(
      addDistances([
        { compared: 12, errors: 5 },
        { compared: 8, errors: 1 },
      ]),
    ).toEqual({ compared: 20, errors: 6 });
    expect(() => digestDistance({ bits, clear: bits }, new Uint8Array(3))).toThrow('bad-argument');
  });

  it.each([
    [100, 0, 'match'],
    [100, 15, 'match'],
    [100, 16, 'undecided'],
    [200, 50, 'match'],
    [200, 51, 'undecided'],
    [256, 66, 'match'],
    [256, 67, 'undecided'],
    [100, 35, 'undecided'],
    [100, 36, 'mismatch'],
    [512, 256, 'mismatch'],
    [99, 0, 'undecided'],
    [0, 0, 'undecided'],
    [Number.NaN, 0, 'undecided'],
  ])('of %d bits with %d errors is %s', (compared, errors, verdict) => {
    expect(digestVerdict(compared, errors)).toBe(verdict);
  });

  it('a slot whose words cannot be told explains nothing, however well its mark is heard', () => {
    expect(explainedBits(40, 64)).toBe(40);
    expect(explainedBits(40, 63)).toBe(0);
    expect(explainedBits(-3, 0)).toBe(-3);
  });

  it('nor, during a call, does one in which a few words are compared and are others', () => {
    expect(explainedLive(40, { compared: 64, errors: 23 })).toBe(40);
    expect(explainedLive(40, { compared: 64, errors: 24 })).toBe(0);
    expect(explainedLive(40, { compared: 63, errors: 0 })).toBe(0);
    expect(explainedLive(-3, { compared: 0, errors: 0 })).toBe(-3);
  });
});
