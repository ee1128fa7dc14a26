import {
  ChannelError,
  decodeWire,
  encodeWire,
  type FeedItem,
  guardMsgpack,
  MAX_WIRE_BYTES,
  readCommand,
  readFeedItem,
  readMessage,
  readPage,
  readSessions,
  readTime,
  type WireFormat,
} from '@undertone/channel';
import { fromHex } from '@undertone/token';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const FORMATS: WireFormat[] = ['msgpack', 'json'];
const bytes = (size: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: size, maxLength: size });
const seq = fc.nat();
const items: fc.Arbitrary<FeedItem> = fc.oneof(
  fc.record({ type: fc.constant('record' as const), seq, record: bytes(216) }),
  fc.record({ type: fc.constant('key' as const), seq, slot: fc.integer({ min: 0, max: 65535 }), key: bytes(12) }),
  fc.record({ type: fc.constant('checkpoint' as const), seq, checkpoint: fc.oneof(bytes(100), bytes(172)) }),
  fc.record({ type: fc.constant('persona' as const), seq, event: bytes(208) }),
  fc.record({ type: fc.constant('renewal' as const), seq, renewal: bytes(141) }),
  fc.record({ type: fc.constant('end' as const), seq, signature: bytes(64) }),
);

/** The only thing that decoding and reading may do with rubbish is to refuse it. */
function refusesOrReads(input: string | Uint8Array, format: WireFormat): void {
  for (const read of [readMessage, readCommand, readFeedItem, readSessions, readTime, readPage]) {
    try {
      read(decodeWire(input, format));
    } catch (error) {
      if (!(error instanceof ChannelError)) throw error;
    }
  }
}

describe.each(FORMATS)('messages as %s', (format) => {
  it('come back as they were', () => {
    fc.assert(
      fc.property(items, fc.nat(), (item, id) => {
        expect(readMessage(decodeWire(encodeWire({ ...item, id }, format), format))).toEqual({ ...item, id });
        expect(readPage(decodeWire(encodeWire({ items: [item], more: true }, format), format))).toEqual({
          items: [item],
          more: true,
        });
      }),
    );
  });
  it('come back as they were when they hold Node buffers', () => {
    const command = { type: 'follow', id: 1, card: Buffer.alloc(32, 7), after: 3 };
    expect(readCommand(decodeWire(encodeWire(command, format), format))).toEqual({
      ...command,
      card: new Uint8Array(32).fill(7),
    });
  });
  it('are refused, and nothing else happens, when they are rubbish', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (rubbish) => refusesOrReads(rubbish, format)),
      { numRuns: 3000 },
    );
    fc.assert(
      fc.property(fc.jsonValue(), (value) => refusesOrReads(encodeWire({ items: value, sessions: value }, format), format)),
    );
  });
  it('are refused when a byte of a good one is another', () => {
    const damaged = fc.tuple(items, fc.nat(), fc.integer({ min: 0, max: 255 }));
    fc.assert(
      fc.property(damaged, ([item, at, value]) => {
        const made = encodeWire({ ...item, id: 1 }, format);
        const raw = typeof made === 'string' ? new TextEncoder().encode(made) : made;
        raw[at % raw.length] = value;
        refusesOrReads(raw, format);
      }),
    );
  });
  it('are refused above the limit of size', () => {
    expect(() => decodeWire(new Uint8Array(MAX_WIRE_BYTES + 1), format)).toThrow(
      expect.objectContaining({ code: 'channel-too-large' }),
    );
  });
});

describe('msgpack from strangers', () => {
  it.each([
    ['an array that claims more than it has', 'dd01ffffff'],
    ['a map that claims more than it has', 'df01ffffff'],
    ['bytes that claim more than there are', 'c6ffffffff'],
    ['an extension', 'd40105'],
    ['a timestamp', 'd6ff00000000'],
    ["msgpackr's records", 'd4724093a161a162a16301'],
    ['a key that is no text', '810101'],
    ['a kind that does not exist', 'c1'],
    ['two values', 'c0c0'],
    ['nothing', ''],
    ['nesting without end', '91'.repeat(10_000)],
  ])('is refused before decoding: %s', (_, text) => {
    expect(() => guardMsgpack(fromHex(text))).toThrow(expect.objectContaining({ code: 'channel-malformed' }));
  });
  it('can not set a prototype', () => {
    const value = decodeWire(fromHex('81a95f5f70726f746f5f5f81a5636c656172c3'), 'msgpack') as object;
    expect('clear' in value).toBe(false);
  });
});

describe('messages that are well formed and wrong', () => {
  it.each([
    [readMessage, { type: 'record', id: 1, seq: 1, record: new Uint8Array(215) }],
    [readMessage, { type: 'key', id: 1, seq: 1, slot: 65536, key: new Uint8Array(12) }],
    [readMessage, { type: 'key', id: 1, seq: -1, slot: 1, key: new Uint8Array(12) }],
    [readMessage, { type: 'key', id: 1, seq: 1.5, slot: 1, key: new Uint8Array(12) }],
    [readMessage, { type: 'toString', id: 1, seq: 1 }],
    [readMessage, { type: 'error', id: 1, code: 'x'.repeat(65) }],
    [readCommand, { type: 'follow', id: 1, card: new Uint8Array(31), after: 0 }],
    [readCommand, { type: 'follow', id: 2 ** 32, card: new Uint8Array(32), after: 0 }],
    [readSessions, { sessions: Array.from({ length: 9 }, () => ({ card: new Uint8Array(162), claims: {} })) }],
    [readTime, { timeMs: 2 ** 48, signature: new Uint8Array(64) }],
    [readTime, null],
  ])('%# are refused', (read, value) => {
    expect(() => read(value)).toThrow(expect.objectContaining({ code: 'channel-bad-message' }));
  });
});
