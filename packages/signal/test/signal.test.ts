import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  BANDS,
  codewordPart,
  DIGEST_BITS,
  decodeCodeword,
  Embedder,
  encodeCodeword,
  makeChips,
  Receiver,
  slotDigest,
  TILES_PER_SLOT,
} from '../src/index.ts';
import { bitsOf, voice } from './voice.ts';

/** The bits of a frame, the coded bits of its codeword and its parts. */
const KINDS = [
  { kind: 'single', frame: 72, codeword: 256, parts: 8 },
  { kind: 'double', frame: 120, codeword: 512, parts: 16 },
];

describe.each(KINDS)('the polar code of a $kind frame', ({ frame, codeword, parts }) => {
  const bits = fc.array(fc.integer({ min: 0, max: 1 }), { minLength: frame, maxLength: frame }).map((b) => Uint8Array.from(b));
  const metric = (llr: Float32Array, u: Uint8Array): number =>
    encodeCodeword(u).reduce((sum, b, i) => sum + Math.max(0, b ? -llr[i] : llr[i]), 0);

  it('gives back what went in when a third of the coded bits is erased', () => {
    fc.assert(
      fc.property(bits, fc.integer({ min: 0, max: 2 }), (u, residue) => {
        const llr = Float32Array.from(encodeCodeword(u), (b, i) => (i % 3 === residue ? 0 : b ? 3 : -3));
        expect(decodeCodeword(llr)[0].bits).toEqual(u);
      }),
      { numRuns: 40 },
    );
  });
  it('is read from its first half alone, and without any one of its parts', () => {
    fc.assert(
      fc.property(bits, fc.integer({ min: 0, max: parts - 1 }), (u, missing) => {
        const llr = Float32Array.from(encodeCodeword(u), (b) => (b ? 3 : -3));
        expect(decodeCodeword(llr.slice().fill(0, codeword / 2))[0].bits).toEqual(u);
        codewordPart(llr, missing).fill(0);
        expect(decodeCodeword(llr)[0].bits).toEqual(u);
      }),
      { numRuns: 40 },
    );
  });
  it('is read after every part from the first half on', () => {
    fc.assert(
      fc.property(bits, fc.integer({ min: parts / 2, max: parts }), (u, heard) => {
        const llr = Float32Array.from(encodeCodeword(u), (b) => (b ? 3 : -3));
        expect(decodeCodeword(llr.fill(0, 32 * heard))[0].bits).toEqual(u);
      }),
      { numRuns: 20 },
    );
  });
  it('says of every reading what it contradicts, and gives up those that contradict too much', () => {
    const ratio = fc.double({ min: -6, max: 6, noNaN: true });
    fc.assert(
      fc.property(bits, fc.array(ratio, { minLength: codeword, maxLength: codeword }), (u, noise) => {
        const llr = Float32Array.from(encodeCodeword(u), (b, i) => (b ? 2 : -2) + noise[i]);
        const all = decodeCodeword(llr, { listSize: 4 });
        for (const c of all) expect(c.metric).toBeCloseTo(metric(llr, c.bits), 1);
        const maxMetric = all[0].metric + 0.001;
        // What is given up makes room for others, so it may even be better.
        expect(decodeCodeword(llr, { listSize: 4, maxMetric })[0].metric).toBeLessThanOrEqual(maxMetric);
        expect(decodeCodeword(llr, { listSize: 4, maxMetric: -1 })).toEqual([]);
      }),
      { numRuns: 20 },
    );
  });
  it('is linear', () => {
    fc.assert(
      fc.property(bits, bits, (a, b) => {
        const sum = encodeCodeword(a.map((v, i) => v ^ b[i]));
        const other = encodeCodeword(b);
        expect(sum).toEqual(encodeCodeword(a).map((v, i) => v ^ other[i]));
      }),
      { numRuns: 40 },
    );
  });
  it('reads any ratios without failing, also what is not a number', () => {
    const wild = fc.oneof(fc.double(), fc.constant(Number.NaN), fc.constant(Number.POSITIVE_INFINITY));
    fc.assert(
      fc.property(fc.array(wild, { minLength: codeword, maxLength: codeword }), (llr) => {
        for (const c of decodeCodeword(Float32Array.from(llr), { listSize: 4 })) expect(c.bits).toHaveLength(frame);
      }),
      { numRuns: 20 },
    );
    expect(() => decodeCodeword(new Float32Array(3))).toThrow(RangeError);
  });
});

describe('the chips', () => {
  const { sign, bit } = makeChips();
  it('are Manchester pairs, so a slow change of level says nothing', () => {
    for (let t = 0; t < TILES_PER_SLOT; t += 2)
      for (let b = 0; b < BANDS; b++) {
        expect(sign[t * BANDS + b]).toBe(-sign[(t + 1) * BANDS + b]);
        expect(bit[t * BANDS + b]).toBe(bit[(t + 1) * BANDS + b]);
      }
  });
  it('give every coded bit of every frame eight cells', () => {
    for (let f = 0; f < TILES_PER_SLOT / 4; f++) {
      const count = [0, 0, 0, 0];
      for (let c = 0; c < 4 * BANDS; c++) count[bit[f * 4 * BANDS + c]]++;
      expect(count).toEqual([8, 8, 8, 8]);
    }
  });
});

describe('the embedder', () => {
  for (const mode of ['frame', '20ms'] as const)
    it(`gives the same whatever the chunks (${mode})`, () => {
      const x = voice(3);
      const whole = new Embedder(makeChips(), mode, bitsOf).push(x);
      fc.assert(
        fc.property(fc.integer({ min: 1, max: 900 }), (chunk) => {
          const embedder = new Embedder(makeChips(), mode, bitsOf);
          const parts: number[] = [];
          for (let at = 0; at < x.length; at += chunk) parts.push(...embedder.push(x.subarray(at, at + chunk)));
          expect(Float32Array.from(parts)).toEqual(whole);
        }),
        { numRuns: 6 },
      );
    });
  it('leaves silence alone', () => {
    expect(new Embedder(makeChips(), 'frame', bitsOf).push(new Float32Array(16000)).every((v) => v === 0)).toBe(true);
  });
  it('does nothing where there are no bits', () => {
    expect(new Embedder(makeChips(), 'frame', () => null).push(voice(2)).every((v) => v === 0)).toBe(true);
  });
});

describe('the receiver', () => {
  it('reads the same bits at any gain', () => {
    const x = voice(12);
    const delta = new Embedder(makeChips(), 'frame', (f) => Int8Array.of(f % 2 ? 1 : -1, 1, f % 3 ? 1 : -1, -1)).push(x);
    const marked = x.map((v, i) => v + (delta[i] ?? 0));
    const hear = (gain: number): Float32Array[] => {
      const slots: Float32Array[] = [];
      const receiver = new Receiver();
      receiver.push(
        marked.map((v) => v * gain),
        (s) => slots.push(s.llr),
      );
      receiver.finish((s) => slots.push(s.llr));
      return slots;
    };
    const loud = hear(1);
    expect(loud.length).toBeGreaterThan(2);
    const soft = hear(-0.05);
    expect(soft.length).toBe(loud.length);
    let worst = 0;
    loud.forEach((l, i) => l.forEach((v, k) => (worst = Math.max(worst, Math.abs(v - soft[i][k])))));
    expect(worst).toBeLessThan(0.05);
  });
});

describe('the slot digest', () => {
  it('does not mind gain, and compares nothing where nothing was heard', () => {
    const levels = Float32Array.from({ length: TILES_PER_SLOT * BANDS }, (_, i) => -20 + 12 * Math.sin(i * i));
    const selection = Uint8Array.from({ length: DIGEST_BITS }, (_, i) => (i * 37) & 255);
    const a = slotDigest(levels, selection);
    expect(
      slotDigest(
        levels.map((v) => v - 17),
        selection,
      ).clear,
    ).toEqual(a.clear);
    const nothing = slotDigest(new Float32Array(TILES_PER_SLOT * BANDS).fill(Number.NEGATIVE_INFINITY), selection);
    expect(nothing.clear.every((b) => b === 0)).toBe(true);
  });
});
