import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { constantTimeEqual, hex, rsDecode, rsDecodeChecked, rsEncode } from '../src/index.ts';
import { flip, seeded } from './fixtures.ts';

function code(k: number, seed: string): { data: Uint8Array[]; all: Map<number, Uint8Array> } {
  const random = seeded(seed);
  const data = Array.from({ length: k }, () => random(6));
  return { data, all: new Map(Array.from({ length: 32 }, (_, i) => [i, rsEncode(data, i)])) };
}

const indices = fc.shuffledSubarray(
  Array.from({ length: 32 }, (_, i) => i),
  { minLength: 32, maxLength: 32 },
);

describe('Reed–Solomon', () => {
  it('keeps the data in clear', () => {
    const { data, all } = code(27, 'clear');
    data.forEach((symbol, i) => expect(all.get(i)).toEqual(symbol));
  });

  it('recovers from any K symbols', () => {
    fc.assert(
      fc.property(fc.constantFrom(1, 17, 27, 29), indices, fc.string(), (k, order, seed) => {
        const { data, all } = code(k, seed);
        expect(rsDecode(new Map(order.slice(0, k).map((i) => [i, all.get(i) as Uint8Array])), k)).toEqual(data);
        expect(rsDecode(new Map(order.slice(0, k - 1).map((i) => [i, all.get(i) as Uint8Array])), k)).toBeNull();
      }),
      { numRuns: 60 },
    );
  });

  it('corrects half as many wrong symbols as there are spare ones', () => {
    fc.assert(
      fc.property(fc.constantFrom(17, 27, 29), indices, fc.nat(31), fc.string(), (k, order, cut, seed) => {
        const received = order.slice(0, Math.max(k, 32 - cut));
        const errors = Math.floor((received.length - k) / 2);
        const { data, all } = code(k, seed);
        const random = seeded(`${seed} noise`);
        const map = new Map(received.map((i, at) => [i, at < errors ? random(6) : (all.get(i) as Uint8Array)]));
        expect(rsDecode(map, k)).toEqual(data);
      }),
      { numRuns: 60 },
    );
  });

  it('with a judge, finds two wrong symbols among two spare ones', () => {
    const { data, all } = code(27, 'judge');
    const map = new Map([...all].slice(0, 29));
    map.set(3, flip(all.get(3) as Uint8Array, 0));
    map.set(28, flip(all.get(28) as Uint8Array, 0, 0x40));
    const accept = (symbols: Uint8Array[]): string | null =>
      symbols.every((item, i) => constantTimeEqual(item, data[i])) ? 'yes' : null;
    expect(rsDecodeChecked(map, 27, accept)).toBe('yes');
    expect(rsDecodeChecked(map, 27, accept, 5)).toBeNull();
    map.delete(5);
    expect(rsDecodeChecked(map, 27, accept)).toBeNull();
  });

  it('never throws on what was received', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: -3, max: 300 }), fc.uint8Array({ minLength: 4, maxLength: 7 })), { maxLength: 40 }),
        fc.integer({ min: 1, max: 30 }),
        (entries, k) => {
          const out = rsDecode(new Map(entries), k);
          if (out !== null) expect(out).toHaveLength(k);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('is fixed by these values', () => {
    const data = [Uint8Array.of(1, 2, 3, 4, 5, 6), Uint8Array.of(255, 254, 253, 252, 251, 250)];
    expect([2, 3, 255].map((i) => hex(rsEncode(data, i)))).toEqual(VECTORS);
  });

  it.each([0, 256, 1.5])('has no K = %d', (k) => {
    expect(() => rsDecode(new Map(), k)).toThrow('rs-bad-parameter');
  });
});

/** Computed apart from this package, by shift-and-add multiplication modulo 0x11d. */
const VECTORS = ['dba02f562e55', '058af189f07f', '82e6992eb4d0'];
