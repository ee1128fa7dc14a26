/**
 * The two forms of a message: a msgpack map in a binary frame, or JSON on request. In JSON byte strings are unpadded base64url.
 * msgpack is a wire form only; nothing is ever signed over it.
 */
import { base64url } from '@undertone/token';
import { Packr, Unpackr } from 'msgpackr';
import { ChannelError } from './errors.ts';
import { guardMsgpack } from './msgpack-guard.ts';

export type WireFormat = 'msgpack' | 'json';

/** Media types of the two forms in HTTP. */
export const WIRE_TYPES: Readonly<Record<WireFormat, string>> = {
  msgpack: 'application/vnd.msgpack',
  json: 'application/json',
};

/** WebSocket subprotocols of the two forms. */
export const WIRE_SUBPROTOCOLS: Readonly<Record<WireFormat, string>> = {
  msgpack: 'undertone.channel.v1',
  json: 'undertone.channel.v1.json',
};

/** Largest frame or answer, bytes. */
export const MAX_WIRE_BYTES: number = 2 ** 20;

// Plain maps only: records and structures are msgpackr's own extensions, and other vendors don't have them.
const packr = new Packr({ useRecords: false, variableMapSize: true });
const unpackr = new Unpackr({ useRecords: false, mapsAsObjects: true, int64AsType: 'number' });

/** Encodes a message; text for JSON. */
export function encodeWire(value: object, format: 'json'): string;
export function encodeWire(value: object, format: 'msgpack'): Uint8Array<ArrayBuffer>;
export function encodeWire(value: object, format: WireFormat): string | Uint8Array<ArrayBuffer>;
export function encodeWire(value: object, format: WireFormat): string | Uint8Array<ArrayBuffer> {
  if (format === 'json') return JSON.stringify(value, textBytes);
  return new Uint8Array(packr.pack(value));
}

/** For JSON: byte strings as base64url. Node's Buffer has turned itself into something else in `item` by now. */
function textBytes(this: Record<string, unknown>, key: string, item: unknown): unknown {
  const raw = this[key];
  return raw instanceof Uint8Array ? base64url(raw) : item;
}

/** Decodes what came from the network, to a value that no one has checked yet. Throws `channel-too-large` or `channel-malformed`. */
export function decodeWire(input: string | Uint8Array, format: WireFormat): unknown {
  if (input.length > MAX_WIRE_BYTES) throw new ChannelError('channel-too-large', `${input.length} bytes`);
  if (format === 'json') return fromJson(typeof input === 'string' ? input : new TextDecoder().decode(input));
  if (typeof input === 'string') throw new ChannelError('channel-malformed', 'a text frame where msgpack was agreed');
  guardMsgpack(input);
  try {
    return unpackr.unpack(input);
  } catch {
    throw new ChannelError('channel-malformed', 'msgpack');
  }
}

function fromJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new ChannelError('channel-malformed', 'JSON');
  }
}
