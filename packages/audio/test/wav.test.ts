import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AudioError, decodeWav, encodeWav } from '../src/index.ts';
import { encodeAlaw, encodeMulaw } from '../src/pcm/index.ts';
import { glide, snr } from './sounds.ts';

interface Parts {
  kind: number;
  channels?: number;
  rate?: number;
  bits: number;
  block?: number;
  data: Uint8Array;
  dataSize?: number;
  riffSize?: number;
  extensible?: boolean;
  tag?: string;
  before?: Uint8Array;
  after?: Uint8Array;
}

const ascii = (s: string): Uint8Array => new TextEncoder().encode(s);
const u16 = (v: number): Uint8Array => Uint8Array.of(v & 255, v >> 8);
const u32 = (v: number): Uint8Array => new Uint8Array(Uint32Array.of(v).buffer);
const join = (...parts: Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap((p) => [...p]));

/** A WAVE file by hand, with whatever is wrong with it. */
function wav(p: Parts): Uint8Array {
  const channels = p.channels ?? 1;
  const rate = p.rate ?? 8000;
  const block = p.block ?? (channels * p.bits) / 8;
  const head = join(u16(p.extensible ? 0xfffe : p.kind), u16(channels), u32(rate), u32(rate * block), u16(block), u16(p.bits));
  const extra = p.extensible ? join(u16(22), u16(p.bits), u32(0), u16(p.kind), new Uint8Array(14)) : new Uint8Array(0);
  const fmt = join(ascii('fmt '), u32(16 + extra.length), head, extra);
  const body = join(ascii('WAVE'), p.before ?? new Uint8Array(0), fmt);
  const data = join(ascii('data'), u32(p.dataSize ?? p.data.length), p.data, p.after ?? new Uint8Array(0));
  return join(ascii(p.tag ?? 'RIFF'), u32(p.riffSize ?? body.length + data.length), body, data);
}

const x = Float32Array.of(0, 0.5, -0.5, 0.25, -1);
const codeOf = (f: () => unknown): string => {
  try {
    f();
  } catch (error) {
    if (error instanceof AudioError) return error.code;
    throw error;
  }
  return 'none';
};

describe('reading WAVE', () => {
  const int = (bytes: number): Uint8Array =>
    join(...[...x].map((v) => u32(Math.max(-(2 ** 31), Math.round(v * 2 ** 31))).subarray(4 - bytes)));
  const cases: [string, Parts, number][] = [
    ['8-bit', { kind: 1, bits: 8, data: Uint8Array.from(x, (v) => 128 + v * 128) }, 0],
    ['16-bit', { kind: 1, bits: 16, data: int(2) }, 0],
    ['24-bit', { kind: 1, bits: 24, data: int(3) }, 0],
    ['32-bit', { kind: 1, bits: 32, data: int(4) }, 0],
    ['20 bits in a container of 24', { kind: 1, bits: 20, block: 3, data: int(3) }, 0],
    ['32-bit float', { kind: 3, bits: 32, data: new Uint8Array(x.slice().buffer) }, 0],
    ['64-bit float', { kind: 3, bits: 64, data: new Uint8Array(Float64Array.from(x).buffer) }, 0],
    ['µ-law', { kind: 7, bits: 8, data: encodeMulaw(x) }, 0.02],
    ['A-law', { kind: 6, bits: 8, data: encodeAlaw(x) }, 0.02],
    ['extensible 16-bit', { kind: 1, bits: 16, data: int(2), extensible: true }, 0],
    ['extensible float', { kind: 3, bits: 32, data: new Uint8Array(x.slice().buffer), extensible: true }, 0],
    [
      'chunks of odd length before',
      { kind: 1, bits: 16, data: int(2), before: join(ascii('JUNK'), u32(3), new Uint8Array(4)) },
      0,
    ],
    ['chunks behind', { kind: 1, bits: 16, data: int(2), after: join(ascii('LIST'), u32(4), ascii('INFO')) }, 0],
  ];
  for (const [name, parts, tolerance] of cases)
    it(`reads ${name}`, () => {
      const { channels, sampleRate, truncated, repaired } = decodeWav(wav(parts));
      expect([sampleRate, channels.length, truncated, repaired]).toEqual([8000, 1, undefined, undefined]);
      expect(channels[0]).toHaveLength(x.length);
      channels[0].forEach((v, i) => {
        expect(Math.abs(v - x[i])).toBeLessThanOrEqual(tolerance);
      });
    });

  it('takes the length of RF64 from its own chunk, and leaves what comes behind', () => {
    const ds64 = join(ascii('ds64'), u32(28), u32(0), u32(0), u32(10), u32(0), new Uint8Array(12));
    const after = join(ascii('LIST'), u32(4), ascii('INFO'));
    const bytes = wav({
      kind: 1,
      bits: 16,
      data: int(2),
      tag: 'RF64',
      before: ds64,
      dataSize: 0xffffffff,
      riffSize: 0xffffffff,
      after,
    });
    expect(decodeWav(bytes).channels[0]).toEqual(decodeWav(wav({ kind: 1, bits: 16, data: int(2) })).channels[0]);
  });

  it('reads to the end where a stream left its length open', () => {
    for (const [dataSize, riffSize] of [
      [0xffffffff, 0xffffffff],
      [0x7ffff000, 0x7ffff024],
      [0, 0],
      [0, 36],
    ]) {
      const got = decodeWav(wav({ kind: 1, bits: 16, data: int(2), dataSize, riffSize }));
      expect([got.channels[0].length, got.truncated]).toEqual([5, undefined]);
    }
  });

  it('saves what is there of a cut file, and says so', () => {
    const whole = encodeWav([glide(1, 8000), glide(1, 8000, 0.1)], 8000);
    const got = decodeWav(whole.subarray(0, 20001));
    expect(got.truncated).toBe(true);
    expect(got.channels.map((c) => c.length)).toEqual([4989, 4989]);
  });

  it('sets what is not a number to zero, and says so', () => {
    const bad = Float32Array.of(0.5, Number.NaN, Number.POSITIVE_INFINITY, -0.5);
    const got = decodeWav(encodeWav([bad], 8000, 'float32'));
    expect([...got.channels[0]]).toEqual([0.5, 0, 0, -0.5]);
    expect(got.repaired).toBe(true);
  });

  it('has a code for each way to fail', () => {
    const good: Parts = { kind: 1, bits: 16, data: int(2) };
    const list = join(ascii('LIST'), u32(4), ascii('INFO'));
    expect(codeOf(() => decodeWav(ascii('RIFFxxxxAVI ')))).toBe('audio-undecodable');
    expect(codeOf(() => decodeWav(wav(good).subarray(0, 30)))).toBe('audio-undecodable');
    expect(codeOf(() => decodeWav(wav({ ...good, channels: 0, block: 0 })))).toBe('audio-undecodable');
    expect(codeOf(() => decodeWav(wav({ ...good, rate: 0 })))).toBe('audio-undecodable');
    expect(codeOf(() => decodeWav(wav({ ...good, kind: 0x31, bits: 0 })))).toBe('audio-unsupported');
    expect(codeOf(() => decodeWav(wav({ ...good, data: new Uint8Array(0) })))).toBe('audio-empty');
    expect(codeOf(() => decodeWav(wav({ ...good, data: new Uint8Array(0), after: list })))).toBe('audio-empty');
    expect(codeOf(() => decodeWav(wav(good).subarray(0, 36)))).toBe('audio-empty');
  });
});

describe('writing WAVE', () => {
  it('gives floats back bit for bit, and integers within half a step', () => {
    fc.assert(
      fc.property(fc.float32Array({ min: -1, max: 1, noNaN: true, minLength: 1 }), fc.integer({ min: 1, max: 3 }), (a, n) => {
        const channels = Array.from({ length: n }, (_, c) => a.map((v) => v / (c + 1)));
        expect(decodeWav(encodeWav(channels, 44100, 'float32')).channels).toEqual(channels);
        decodeWav(encodeWav(channels, 44100)).channels.forEach((c, k) =>
          c.forEach((v, i) => {
            expect(Math.abs(v - channels[k][i])).toBeLessThanOrEqual(channels[k][i] > 0.9999 ? 1 / 32768 : 0.5 / 32768);
          }),
        );
      }),
    );
    expect(snr(glide(1, 16000), decodeWav(encodeWav([glide(1, 16000)], 16000)).channels[0])).toBeGreaterThan(80);
  });
});
