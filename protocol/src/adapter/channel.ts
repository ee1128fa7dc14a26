/** Operations on messages of the verification channel (page 07). */
import { decodeWire, readChallenge, readCommand, readMessage, readPage, readSessions, readTime } from '@undertone/channel';
import { hex } from '@undertone/token';
import { bytes, type Operation, object, ok, text } from './input.ts';

const READERS: { readonly [kind: string]: (value: unknown) => object } = {
  message: readMessage,
  command: readCommand,
  sessions: (value) => ({ sessions: readSessions(value) }),
  time: readTime,
  challenge: readChallenge,
  page: readPage,
};

/** Bytes as hexadecimal, at any depth. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return hex(value);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, plain(member)]));
}

export const channelOperations: { readonly [name: string]: Operation } = {
  'channel.read': (input) => ok({ value: plain(READERS[text(input, 'kind')](object(input, 'json'))) }),
  'channel.unpack': (input) => ok({ value: plain(decodeWire(bytes(input, 'msgpack'), 'msgpack')) }),
};
