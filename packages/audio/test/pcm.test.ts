import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  alawToLinear,
  decodeAlaw,
  decodeMulaw,
  decodePcm16,
  encodeAlaw,
  encodeMulaw,
  encodePcm16,
  linearToAlaw,
  linearToMulaw,
  mulawToLinear,
} from '../src/pcm/index.ts';

const bytes = Array.from({ length: 256 }, (_, i) => i);

describe('G.711', () => {
  it('decodes the table values of the recommendation', () => {
    expect([0x00, 0x80, 0x7f, 0xff, 0x8f].map(mulawToLinear)).toEqual([-32124, 32124, -0, 0, 16764]);
    expect([0xd5, 0x55, 0xaa, 0x2a].map(alawToLinear)).toEqual([8, -8, 32256, -32256]);
  });

  it('gives back every byte, but for the negative zero of µ-law', () => {
    for (const b of bytes) {
      expect(linearToAlaw(alawToLinear(b))).toBe(b);
      expect(linearToMulaw(mulawToLinear(b))).toBe(b === 0x7f ? 0xff : b);
    }
  });

  // Not always the nearest value: where two segments meet, the recommendation puts the decision at the segment's edge.
  it('is never wrong by more than half a step of the chosen segment', () => {
    for (let x = -32768; x <= 32767; x++) {
      const mu = linearToMulaw(x);
      const muStep = 8 << (((mu ^ 0xff) >> 4) & 7);
      if (Math.abs(Math.sign(x) * Math.min(32635, Math.abs(x)) - mulawToLinear(mu)) > muStep / 2) expect.fail(`µ-law of ${x}`);
      const a = linearToAlaw(x);
      const aStep = 16 << Math.max(0, (((a ^ 0x55) >> 4) & 7) - 1);
      if (Math.abs(x - alawToLinear(a)) > aStep / 2) expect.fail(`A-law of ${x}`);
    }
  });

  it('converts arrays and clips', () => {
    const x = Float32Array.of(-2, -0.5, 0, 0.25, 2);
    for (const y of [decodeMulaw(encodeMulaw(x)), decodeAlaw(encodeAlaw(x))]) {
      expect(y[0]).toBeLessThan(-0.97);
      expect(y[1]).toBeCloseTo(-0.5, 1);
      expect(Math.abs(y[2])).toBeLessThan(0.001);
      expect(y[4]).toBeGreaterThan(0.97);
    }
  });
});

describe('16-bit PCM', () => {
  it('round-trips every integer', () => {
    fc.assert(
      fc.property(fc.int16Array(), (x) => {
        const samples = Float32Array.from(x, (v) => v / 32768);
        expect(decodePcm16(encodePcm16(samples))).toEqual(samples);
      }),
    );
  });

  it('clips, silences NaN, ignores an odd byte and reads at an odd offset', () => {
    const back = decodePcm16(encodePcm16(Float32Array.of(2, -2, Number.NaN, 1, -1)));
    expect([...back].map((v) => v * 32768)).toEqual([32767, -32768, 0, 32767, -32768]);
    expect([...decodePcm16(Uint8Array.of(9, 0, 0x40, 7).subarray(1))]).toEqual([0.5]);
  });
});
