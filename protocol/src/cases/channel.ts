/** Vectors of the verification channel's messages. */
import { encodeWire } from '@undertone/channel';
import { base64url, hex } from '@undertone/token';
import type { Plan } from '../generate/builder.ts';
import { CLAIMS, session } from '../generate/fixture.ts';

const record = base64url(new Uint8Array(216).fill(1));
const key = base64url(session.keyForSlot(3));
const card = base64url(session.card.bytes);
const signature = base64url(new Uint8Array(64));
const renewal = base64url(new Uint8Array(141).fill(1));
const follow = { type: 'follow', id: 1, card: base64url(session.cardHash), after: 0 };
const nested = (depth: number): string => `${'91'.repeat(depth)}c0`;

export const channelPlans: readonly Plan[] = [
  {
    path: 'channel/read',
    page: '07-channel',
    layer: 'channel',
    operation: 'channel.read',
    common: { kind: 'message' },
    cases: [
      {
        name: 'record',
        description: 'A record of the feed',
        rules: ['CHAN-1'],
        input: { json: { type: 'record', id: 1, seq: 5, record } },
      },
      {
        name: 'key',
        description: 'A key of the feed',
        rules: ['CHAN-1'],
        input: { json: { type: 'key', id: 1, seq: 6, slot: 3, key } },
      },
      {
        name: 'renewal',
        description: 'The notice of how a session ends',
        rules: ['CHAN-1'],
        input: { json: { type: 'renewal', id: 1, seq: 7, renewal } },
      },
      {
        name: 'end',
        description: 'The end of a feed',
        rules: ['CHAN-1'],
        input: { json: { type: 'end', id: 1, seq: 8, signature } },
      },
      {
        name: 'status',
        description: 'The status changed',
        rules: ['CHAN-1'],
        input: { json: { type: 'status', id: 1, revoked: true } },
      },
      { name: 'beat', description: 'A sign of life', rules: ['CHAN-1'], input: { json: { type: 'beat' } } },
      { name: 'follow', description: 'A verifier follows', rules: ['CHAN-1'], input: { kind: 'command', json: follow } },
      {
        name: 'sessions',
        description: 'One session for a locator',
        rules: ['CHAN-1'],
        input: { kind: 'sessions', json: { sessions: [{ card, claims: CLAIMS }] } },
      },
      {
        name: 'time',
        description: "An answer of the operator's clock",
        rules: ['CHAN-1'],
        input: { kind: 'time', json: { timeMs: 1767225605000, signature } },
      },
      {
        name: 'challenge',
        description: 'A nonce was taken',
        rules: ['CHAN-1', 'CHAL-2'],
        input: { kind: 'challenge', json: { number: 33 } },
      },
      {
        name: 'challenge-refused',
        description: 'A nonce was not taken',
        rules: ['CHAN-1'],
        input: { kind: 'challenge', json: { refused: 'challenge-busy' } },
      },
      {
        name: 'challenge-negative',
        description: 'A number below zero',
        rules: ['CHAN-1'],
        input: { kind: 'challenge', json: { number: -1 } },
        refused: 'channel-bad-message',
      },
      {
        name: 'challenge-refused-otherwise',
        description: 'Refused with a code that is none',
        rules: ['CHAN-1'],
        input: { kind: 'challenge', json: { refused: 'no', number: 1 } },
        refused: 'channel-bad-message',
      },
      {
        name: 'page',
        description: 'A page of a feed',
        rules: ['CHAN-1'],
        input: { kind: 'page', json: { items: [{ type: 'key', seq: 6, slot: 3, key }], more: true } },
      },
      {
        name: 'record-too-short',
        description: 'A record of 215 bytes',
        rules: ['CHAN-1'],
        input: { json: { type: 'record', id: 1, seq: 5, record: base64url(new Uint8Array(215)) } },
        refused: 'channel-bad-message',
      },
      {
        name: 'key-too-long',
        description: 'A key of 13 bytes',
        rules: ['CHAN-1'],
        input: { json: { type: 'key', id: 1, seq: 5, slot: 3, key: base64url(new Uint8Array(13)) } },
        refused: 'channel-bad-message',
      },
      {
        name: 'slot-too-large',
        description: 'Slot 65536',
        rules: ['CHAN-1'],
        input: { json: { type: 'key', id: 1, seq: 5, slot: 65536, key } },
        refused: 'channel-bad-message',
      },
      {
        name: 'unknown-type',
        description: 'A type that the page does not name',
        rules: ['CHAN-1'],
        input: { json: { type: 'trust-me', id: 1, seq: 5 } },
        refused: 'channel-bad-message',
      },
      {
        name: 'no-id',
        description: 'An item without the follower',
        rules: ['CHAN-1'],
        input: { json: { type: 'end', seq: 7, signature } },
        refused: 'channel-bad-message',
      },
      {
        name: 'negative-seq',
        description: 'A negative number',
        rules: ['CHAN-1'],
        input: { json: { type: 'end', id: 1, seq: -1, signature } },
        refused: 'channel-bad-message',
      },
      {
        name: 'card-hash-too-short',
        description: 'A follow with 31 bytes',
        rules: ['CHAN-1'],
        input: { kind: 'command', json: { ...follow, card: base64url(new Uint8Array(31)) } },
        refused: 'channel-bad-message',
      },
      {
        name: 'nine-sessions',
        description: 'Nine sessions for one locator',
        rules: ['CHAN-1'],
        input: { kind: 'sessions', json: { sessions: Array(9).fill({ card, claims: null }) } },
        refused: 'channel-bad-message',
      },
    ],
  },
  {
    path: 'channel/unpack',
    page: '07-channel',
    layer: 'channel',
    operation: 'channel.unpack',
    cases: [
      {
        name: 'follow',
        description: 'A follow in msgpack',
        rules: ['CHAN-2'],
        input: { msgpack: hex(encodeWire({ ...follow, card: session.cardHash }, 'msgpack')) },
      },
      {
        name: 'cut',
        description: 'Bytes that end early',
        rules: ['CHAN-2'],
        input: { msgpack: '82a474797065' },
        refused: 'channel-malformed',
      },
      {
        name: 'too-deep',
        description: 'Arrays nested 40 deep',
        rules: ['CHAN-2'],
        input: { msgpack: nested(40) },
        refused: 'channel-malformed',
      },
      {
        name: 'count-too-large',
        description: 'An array that claims four thousand million members',
        rules: ['CHAN-2'],
        input: { msgpack: 'ddffffffff' },
        refused: 'channel-malformed',
      },
      {
        name: 'extension',
        description: 'An extension type',
        rules: ['CHAN-2'],
        input: { msgpack: 'd40100' },
        refused: 'channel-malformed',
      },
      {
        name: 'trailing',
        description: 'Bytes after the value',
        rules: ['CHAN-2'],
        input: { msgpack: 'c0c0' },
        refused: 'channel-malformed',
      },
    ],
  },
];
