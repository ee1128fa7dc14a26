/**
 * Looks over msgpack bytes before a decoder sees them: only the kinds the channel uses, nothing deeper, longer or more numerous
 * than its limits, and no count that the bytes which follow can't hold (a decoder may allocate by the count alone).
 */
import { ChannelError } from './errors.ts';

/** Deepest nesting of arrays and maps. */
export const MAX_WIRE_DEPTH: number = 20;
/** Most values in one frame, keys included. */
export const MAX_WIRE_VALUES: number = 65_536;

const fail = (what: string): never => {
  throw new ChannelError('channel-malformed', what);
};

/** Bytes after the leading one, for kinds of a fixed size. */
const FIXED: ReadonlyMap<number, number> = new Map([
  [0xc0, 0],
  [0xc2, 0],
  [0xc3, 0],
  [0xca, 4],
  [0xcb, 8],
  [0xcc, 1],
  [0xcd, 2],
  [0xce, 4],
  [0xcf, 8],
  [0xd0, 1],
  [0xd1, 2],
  [0xd2, 4],
  [0xd3, 8],
]);

type Head = { readonly kind: 'text' | 'bytes' | 'array' | 'map'; readonly countBytes: number };

/** Kinds whose length or count follows the leading byte. */
const COUNTED: ReadonlyMap<number, Head> = new Map([
  [0xc4, { kind: 'bytes', countBytes: 1 }],
  [0xc5, { kind: 'bytes', countBytes: 2 }],
  [0xc6, { kind: 'bytes', countBytes: 4 }],
  [0xd9, { kind: 'text', countBytes: 1 }],
  [0xda, { kind: 'text', countBytes: 2 }],
  [0xdb, { kind: 'text', countBytes: 4 }],
  [0xdc, { kind: 'array', countBytes: 2 }],
  [0xdd, { kind: 'array', countBytes: 4 }],
  [0xde, { kind: 'map', countBytes: 2 }],
  [0xdf, { kind: 'map', countBytes: 4 }],
]);

/** Throws `channel-malformed` unless the bytes are exactly one value of the allowed kinds. */
export function guardMsgpack(bytes: Uint8Array): void {
  let at = 0;
  let values = 0;

  const take = (count: number): void => {
    if (count > bytes.length - at) fail('truncated');
    at += count;
  };
  const number = (size: number): number => {
    const start = at;
    take(size);
    let value = 0;
    for (let i = start; i < at; i++) value = value * 256 + bytes[i];
    return value;
  };
  const several = (count: number, depth: number, keyed: boolean): void => {
    if (depth >= MAX_WIRE_DEPTH) fail('too deep');
    // Every value takes a byte at least.
    if (count * (keyed ? 2 : 1) > bytes.length - at) fail('count');
    for (let i = 0; i < count; i++) {
      if (keyed && value(depth + 1) !== 'text') fail('a key that is no text');
      value(depth + 1);
    }
  };
  const value = (depth: number): 'text' | 'other' => {
    if (++values > MAX_WIRE_VALUES) fail('too many values');
    const lead = number(1);
    if (lead < 0x80 || lead >= 0xe0) return 'other';
    if (lead < 0x90) several(lead & 15, depth, true);
    else if (lead < 0xa0) several(lead & 15, depth, false);
    else if (lead < 0xc0) {
      take(lead & 31);
      return 'text';
    } else {
      const fixed = FIXED.get(lead);
      if (fixed !== undefined) take(fixed);
      else {
        const head = COUNTED.get(lead) ?? fail('a kind that the channel does not use');
        const count = number(head.countBytes);
        if (head.kind === 'array' || head.kind === 'map') several(count, depth, head.kind === 'map');
        else take(count);
        if (head.kind === 'text') return 'text';
      }
    }
    return 'other';
  };

  value(0);
  if (at !== bytes.length) fail('bytes after the value');
}
