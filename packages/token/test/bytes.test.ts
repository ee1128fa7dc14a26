import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  base64url,
  bitsToBytes,
  bytesToBits,
  canonicalJson,
  concat,
  constantTimeEqual,
  fromBase64url,
  fromHex,
  fromUtf8,
  hex,
  readUint,
  TokenError,
  u16,
  u32,
  u48,
  utf8,
} from '../src/index.ts';

describe('bytes', () => {
  it('round trips hex, base64url and bits', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        expect(fromHex(hex(bytes))).toEqual(bytes);
        expect(fromBase64url(base64url(bytes))).toEqual(bytes);
        expect(base64url(bytes)).toBe(Buffer.from(bytes).toString('base64url'));
        expect(bitsToBytes(bytesToBits(bytes))).toEqual(bytes);
      }),
    );
  });

  it('agrees with the platform on UTF-8, both ways', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(utf8(text)).toEqual(new Uint8Array(new TextEncoder().encode(text)));
        expect(fromUtf8(utf8(text))).toBe(text);
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 12 }), (bytes) => {
        let expected: string | null = null;
        try {
          expected = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
        } catch {
          expected = null;
        }
        if (expected === null) expect(() => fromUtf8(bytes)).toThrow(TokenError);
        else expect(fromUtf8(bytes)).toBe(expected);
      }),
      { numRuns: 2000 },
    );
    expect(() => utf8('\ud800')).toThrow('bad-utf8');
  });

  it.each(['A', 'AB=', 'AB', 'A B', 'AA+A', 'AA/A', 'AAB'])('refuses the base64url %j', (text) => {
    expect(() => fromBase64url(text)).toThrow('bad-base64url');
  });

  it('writes integers big-endian and refuses those that do not fit', () => {
    expect(hex(concat(u16(0x1234), u32(0xdeadbeef), u48(0x0102030405_06)))).toBe('1234deadbeef010203040506');
    expect(readUint(u48(2 ** 48 - 1), 0, 6)).toBe(2 ** 48 - 1);
    for (const bad of [-1, 1.5, 65536, Number.NaN]) expect(() => u16(bad)).toThrow('bad-argument');
    expect(() => readUint(new Uint8Array(3), 0, 4)).toThrow('bad-argument');
  });

  it('compares without regard to where the difference is', () => {
    expect(constantTimeEqual(Uint8Array.of(1, 2), Uint8Array.of(1, 2))).toBe(true);
    expect(constantTimeEqual(Uint8Array.of(1, 2), Uint8Array.of(1, 3))).toBe(false);
    expect(constantTimeEqual(Uint8Array.of(1, 2), Uint8Array.of(1))).toBe(false);
  });

  it('gives one spelling to one JSON value', () => {
    expect(canonicalJson({ b: [1, 'é', null], a: { d: true, c: undefined } })).toBe('{"a":{"d":true},"b":[1,"é",null]}');
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        expect(canonicalJson(JSON.parse(canonicalJson(value)))).toBe(canonicalJson(value));
      }),
    );
    expect(() => canonicalJson(Number.NaN)).toThrow('bad-json');
    let deep: unknown = 0;
    for (let i = 0; i < 100; i++) deep = [deep];
    expect(() => canonicalJson(deep)).toThrow('bad-json');
  });
});
