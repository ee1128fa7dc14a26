/**
 * The messages of the Moshi protocol as Moshi and PersonaPlex servers speak it: binary WebSocket messages whose first byte is
 * the type. Works in browsers too.
 */
import { ServerError } from '../errors.ts';

export const MESSAGE = { handshake: 0, audio: 1, text: 2, control: 3, metadata: 4, error: 5, ping: 6 } as const;
const ACTIONS = ['start', 'endTurn', 'pause', 'restart'] as const;

export type ControlAction = (typeof ACTIONS)[number];

/** Handshakes: the Python servers send the type alone, the Rust server a protocol and a model version, two u32. */
export type HandshakeForm = 'python' | 'rust';

export type ChatMessage =
  | { readonly type: 'handshake' }
  /** Bytes of an Ogg Opus stream, 24 kHz mono. */
  | { readonly type: 'audio'; readonly data: Uint8Array }
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'control'; readonly action: ControlAction }
  /** A JSON value, not yet judged. */
  | { readonly type: 'metadata'; readonly data: unknown }
  | { readonly type: 'error'; readonly message: string }
  | { readonly type: 'ping' };

/** Longest message in bytes: a second of Opus at its highest rate fits. */
export const MAX_MESSAGE_BYTES = 65536;
/** Longest text, metadata or error in bytes. */
export const MAX_TEXT_BYTES = 16384;

const malformed = (why: string): never => {
  throw new ServerError('chat-malformed', why);
};

function utf8(bytes: Uint8Array): string {
  if (bytes.length > MAX_TEXT_BYTES) malformed('text is too long');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return malformed('text is not UTF-8');
  }
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return malformed('metadata is not JSON');
  }
}

/** Reads a message; null for a type that is not known, which is to be discarded. Throws ServerError `chat-malformed`. */
export function decodeMessage(bytes: Uint8Array): ChatMessage | null {
  if (bytes.length === 0) malformed('an empty message');
  if (bytes.length > MAX_MESSAGE_BYTES) malformed('a message is too long');
  const payload = bytes.subarray(1);
  switch (bytes[0]) {
    case MESSAGE.handshake:
      return { type: 'handshake' };
    case MESSAGE.audio:
      return { type: 'audio', data: payload };
    case MESSAGE.text:
      return { type: 'text', text: utf8(payload) };
    case MESSAGE.control:
      return payload.length === 1 && payload[0] < ACTIONS.length
        ? { type: 'control', action: ACTIONS[payload[0]] }
        : malformed('no such control');
    case MESSAGE.metadata:
      return { type: 'metadata', data: json(utf8(payload)) };
    case MESSAGE.error:
      return { type: 'error', message: utf8(payload) };
    case MESSAGE.ping:
      return { type: 'ping' };
    default:
      return null;
  }
}

function typed(type: number, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(1 + payload.length);
  bytes[0] = type;
  bytes.set(payload, 1);
  return bytes;
}

/** Writes a message. A handshake takes the Python form; see {@link encodeHandshake}. */
export function encodeMessage(message: ChatMessage): Uint8Array {
  const text = (s: string): Uint8Array => new TextEncoder().encode(s);
  switch (message.type) {
    case 'handshake':
      return encodeHandshake('python');
    case 'audio':
      return typed(MESSAGE.audio, message.data);
    case 'text':
      return typed(MESSAGE.text, text(message.text));
    case 'control':
      return typed(MESSAGE.control, Uint8Array.of(ACTIONS.indexOf(message.action)));
    case 'metadata':
      return typed(MESSAGE.metadata, text(JSON.stringify(message.data)));
    case 'error':
      return typed(MESSAGE.error, text(message.message));
    case 'ping':
      return Uint8Array.of(MESSAGE.ping);
  }
}

/** The first message of a server: protocol version 0, model version 0. */
export function encodeHandshake(form: HandshakeForm): Uint8Array {
  return new Uint8Array(form === 'python' ? 1 : 9);
}
