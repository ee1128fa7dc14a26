import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Frame, Lane } from '../src/index.ts';
import {
  crc16,
  decodeFrame,
  encodeFrame,
  FRAME_SHAPES,
  FrameType,
  frameKind,
  frameSymbols,
  laneAllows,
  resolveKeyCounter,
  utf8,
} from '../src/index.ts';
import { flip, seeded } from './fixtures.ts';

const locator = seeded('locator')(6);
const frames = fc
  .record({
    type: fc.integer({ min: 0, max: 7 }),
    ctr: fc.integer({ min: 0, max: 31 }),
    body: fc.uint8Array({ minLength: 12, maxLength: 12 }),
    lane: fc.constantFrom<Lane>('open', 'sealed'),
  })
  .filter((item) => laneAllows(item.lane, item.type as FrameType))
  .map(({ lane, ...item }) => {
    const { bodyBytes } = FRAME_SHAPES[frameKind(item.type as FrameType)];
    const frame = { ...item, ctr: item.type === 0 ? 0 : item.ctr, body: item.body.slice(0, bodyBytes) } as Frame;
    return { lane, frame };
  });

describe('frame', () => {
  it('uses CRC-16 with the published check value', () => {
    expect(crc16(utf8('123456789'))).toBe(0x29b1);
  });

  it('round trips, and fails in the other lane or another session', () => {
    fc.assert(
      fc.property(frames, ({ lane, frame }) => {
        const bytes = encodeFrame(frame, lane, locator);
        expect(bytes).toHaveLength(frameKind(frame.type) === 'double' ? 15 : 9);
        expect(decodeFrame(bytes, lane, locator)).toEqual(frame);
        expect(decodeFrame(bytes, lane === 'open' ? 'sealed' : 'open', locator)).toBeNull();
        const foreign = decodeFrame(bytes, lane, flip(locator, 2));
        const unknown = decodeFrame(bytes, lane, null);
        // LOC is what tells the session, so it alone reads without a locator.
        if (frame.type === FrameType.LOC) expect([foreign, unknown]).toEqual([frame, frame]);
        else expect([foreign, unknown]).toEqual([null, null]);
      }),
    );
  });

  it('notices every burst of up to 16 bits', () => {
    fc.assert(
      fc.property(
        frames,
        fc.integer({ min: 1, max: 0xffff }),
        fc.integer({ min: 0, max: 56 }),
        ({ lane, frame }, burst, shift) => {
          const bytes = encodeFrame(frame, lane, locator);
          for (let bit = 0; bit < 16; bit++) if ((burst >> bit) & 1) bytes[(shift + bit) >> 3] ^= 0x80 >> ((shift + bit) & 7);
          const read = decodeFrame(bytes, lane, locator);
          // A burst in the head may turn a frame into a LOC, whose check covers other bytes: chance remains.
          if (read !== null) expect(read.type).toBe(FrameType.LOC);
        },
      ),
    );
  });

  it.each([
    ['LOC sealed', { type: 0, ctr: 0 }, 'sealed'],
    ['LOC with a counter', { type: 0, ctr: 1 }, 'open'],
    ['KEY sealed', { type: 2, ctr: 0 }, 'sealed'],
    ['AUTH open', { type: 1, ctr: 0 }, 'open'],
    ['CHAL open', { type: 6, ctr: 0 }, 'open'],
    ['DUPX open', { type: 7, ctr: 0 }, 'open'],
    ['counter 32', { type: 3, ctr: 32 }, 'open'],
    ['type 8', { type: 8, ctr: 0 }, 'open'],
  ])('cannot be made: %s', (_, head, lane) => {
    for (const size of [6, 12])
      expect(() => encodeFrame({ ...head, body: new Uint8Array(size) } as Frame, lane as Lane, locator)).toThrow(
        'frame-bad-field',
      );
  });

  it('has one length for each type', () => {
    fc.assert(
      fc.property(frames, ({ lane, frame }) => {
        const other = new Uint8Array(frame.body.length === 6 ? 12 : 6);
        expect(() => encodeFrame({ ...frame, body: other }, lane, locator)).toThrow('frame-bad-field');
        const bytes = encodeFrame(frame, lane, locator);
        for (const size of [0, 1, 8, 9, 10, 14, 15, 16].filter((n) => n !== bytes.length)) {
          const wrong = new Uint8Array(size);
          wrong.set(bytes.subarray(0, size));
          expect(decodeFrame(wrong, lane, locator)).toBeNull();
        }
      }),
    );
  });

  it('brings two symbols, the second of which may be the first of all', () => {
    const body = Uint8Array.from({ length: 12 }, (_, i) => i);
    expect(frameSymbols({ type: FrameType.CARD, ctr: 31, body })).toEqual([
      [31, body.slice(0, 6)],
      [0, body.slice(6)],
    ]);
  });
});

describe('KEY counter', () => {
  it('means the newest earlier slot that fits', () => {
    for (let slot = 1; slot <= 80; slot++)
      for (let later = 1; later <= 32; later++) expect(resolveKeyCounter(slot % 32, slot + later)).toBe(slot);
    expect(resolveKeyCounter(10, 1)).toBeNull();
    expect(resolveKeyCounter(10, 10)).toBeNull();
  });
});
