/**
 * The messages of the verification channel, and their validation (specification, verification channel).
 *
 * A session's feed is everything that became public about it, in the order of publication: `seq` rises by one. Who lost the
 * connection follows again with the last `seq` seen.
 */
import {
  CARD_BYTES,
  CHAIN_KEY_BYTES,
  fromBase64url,
  isObject,
  MAX_SLOTS,
  PERSONA_EVENT_BYTES,
  RECORD_BYTES,
  RENEWAL_BYTES,
  SIGNATURE_BYTES,
} from '@undertone/token';
import type { ChallengeAnswer, ResolvedSession, TimeAnswer } from './channel.ts';
import { ChannelError } from './errors.ts';

/** Sessions that one locator may mean: a 48-bit locator collides and can be ground. */
export const MAX_RESOLVED_SESSIONS: number = 8;
/** Follows on one connection. */
export const MAX_FOLLOWS: number = 64;

/**
 * One published item: a slot record (216 bytes), a slot's key (12), a checkpoint (100 or 172), a persona event (208), the notice of
 * how the session ends (141), and, when the last key is out, the signature over the whole session record (64): nothing follows.
 */
export type FeedItem =
  | { readonly type: 'record'; readonly seq: number; readonly record: Uint8Array }
  | { readonly type: 'key'; readonly seq: number; readonly slot: number; readonly key: Uint8Array }
  | { readonly type: 'checkpoint'; readonly seq: number; readonly checkpoint: Uint8Array }
  | { readonly type: 'persona'; readonly seq: number; readonly event: Uint8Array }
  | { readonly type: 'renewal'; readonly seq: number; readonly renewal: Uint8Array }
  | { readonly type: 'end'; readonly seq: number; readonly signature: Uint8Array };

/** What a server sends on a WebSocket; `id` is the follower's own number. */
export type ChannelMessage =
  | (FeedItem & { readonly id: number })
  /** The issuer's status list says something else than before: fetch it, this message proves nothing. */
  | { readonly type: 'status'; readonly id: number; readonly revoked: boolean }
  | { readonly type: 'error'; readonly id: number | null; readonly code: string }
  /** Sent when nothing else was for a while. */
  | { readonly type: 'beat' };

/** What a verifier sends on a WebSocket. */
export type ChannelCommand =
  | {
      readonly type: 'follow';
      readonly id: number;
      /** The 32 bytes of the card hash. */
      readonly card: Uint8Array;
      /** Last `seq` already seen; 0 for everything. */
      readonly after: number;
    }
  | { readonly type: 'unfollow'; readonly id: number };

/** Answer to a poll of the feed. */
export type FeedPage = { readonly items: readonly FeedItem[]; readonly more: boolean };

function fail(what: string): never {
  throw new ChannelError('channel-bad-message', what);
}

type Fields = { readonly [name: string]: unknown };

function fields(value: unknown): Fields {
  return isObject(value) ? value : fail('not a map');
}

function integer(value: unknown, name: string, most: number): number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= most ? value : fail(name);
}

/** A byte string of `least` to `most` bytes, or its base64url. */
function bytes(value: unknown, name: string, least: number, most: number = least): Uint8Array {
  let out = value;
  if (typeof value === 'string') {
    if (value.length > Math.ceil((most * 4) / 3)) fail(name);
    try {
      out = fromBase64url(value);
    } catch {
      fail(name);
    }
  }
  if (!(out instanceof Uint8Array) || out.length < least || out.length > most) return fail(name);
  // A copy: decoders hand out views into a shared buffer.
  return new Uint8Array(out);
}

/** A window of 4 epochs or of 16. */
function checkpoint(value: unknown): Uint8Array {
  const out = bytes(value, 'checkpoint', 100, 172);
  return out.length === 100 || out.length === 172 ? out : fail('checkpoint');
}

function list(value: unknown, name: string, most: number): readonly unknown[] {
  return Array.isArray(value) && value.length <= most ? value : fail(name);
}

const ID_LIMIT = 0xffffffff;

/** Reads an item of a feed. Throws `channel-bad-message`. */
export function readFeedItem(value: unknown): FeedItem {
  const item = fields(value);
  const seq = integer(item.seq, 'seq', Number.MAX_SAFE_INTEGER);
  switch (item.type) {
    case 'record':
      return { type: 'record', seq, record: bytes(item.record, 'record', RECORD_BYTES) };
    case 'key':
      return { type: 'key', seq, slot: integer(item.slot, 'slot', MAX_SLOTS), key: bytes(item.key, 'key', CHAIN_KEY_BYTES) };
    case 'checkpoint':
      return { type: 'checkpoint', seq, checkpoint: checkpoint(item.checkpoint) };
    case 'persona':
      return { type: 'persona', seq, event: bytes(item.event, 'event', PERSONA_EVENT_BYTES) };
    case 'renewal':
      return { type: 'renewal', seq, renewal: bytes(item.renewal, 'renewal', RENEWAL_BYTES) };
    case 'end':
      return { type: 'end', seq, signature: bytes(item.signature, 'signature', SIGNATURE_BYTES) };
    default:
      return fail('type');
  }
}

/** Reads what a server sent. Throws `channel-bad-message`. */
export function readMessage(value: unknown): ChannelMessage {
  const message = fields(value);
  if (message.type === 'beat') return { type: 'beat' };
  if (message.type === 'error') {
    const { code } = message;
    if (typeof code !== 'string' || code.length > 64) fail('code');
    return { type: 'error', id: message.id === null ? null : integer(message.id, 'id', ID_LIMIT), code };
  }
  const id = integer(message.id, 'id', ID_LIMIT);
  if (message.type !== 'status') return { ...readFeedItem(message), id };
  return typeof message.revoked === 'boolean' ? { type: 'status', id, revoked: message.revoked } : fail('revoked');
}

/** Reads what a verifier sent. Throws `channel-bad-message`. */
export function readCommand(value: unknown): ChannelCommand {
  const command = fields(value);
  const id = integer(command.id, 'id', ID_LIMIT);
  if (command.type === 'unfollow') return { type: 'unfollow', id };
  if (command.type !== 'follow') fail('type');
  return {
    type: 'follow',
    id,
    card: bytes(command.card, 'card', 32),
    after: integer(command.after, 'after', Number.MAX_SAFE_INTEGER),
  };
}

/** Reads the answer to a locator. Cards and claims are not verified here. Throws `channel-bad-message`. */
export function readSessions(value: unknown): ResolvedSession[] {
  return list(fields(value).sessions, 'sessions', MAX_RESOLVED_SESSIONS).map((item) => {
    const { card, claims } = fields(item);
    return { card: bytes(card, 'card', CARD_BYTES), claims: claims ?? null };
  });
}

/** Reads the answer to a clock question. Throws `channel-bad-message`. */
export function readTime(value: unknown): TimeAnswer {
  const { timeMs, signature } = fields(value);
  return { timeMs: integer(timeMs, 'timeMs', 2 ** 48 - 1), signature: bytes(signature, 'signature', SIGNATURE_BYTES) };
}

/** Reads the answer to a nonce that was handed over. Throws `channel-bad-message`. */
export function readChallenge(value: unknown): ChallengeAnswer {
  const { number, refused } = fields(value);
  if (refused === 'challenge-busy' || refused === 'challenge-unsupported') return { refused };
  return refused === undefined ? { number: integer(number, 'number', ID_LIMIT) } : fail('refused');
}

/** Most items in one page of a feed. */
export const MAX_PAGE_ITEMS: number = 1024;

/** Reads a page of a feed. Throws `channel-bad-message`. */
export function readPage(value: unknown): FeedPage {
  const { items, more } = fields(value);
  return { items: list(items, 'items', MAX_PAGE_ITEMS).map(readFeedItem), more: more === true };
}
