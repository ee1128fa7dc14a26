/** Vectors of checkpoints and their symbols. */
import { checkpointSymbols, createCheckpoint, encodeAuth, hex, rsEncode } from '@undertone/token';
import type { Plan } from '../generate/builder.ts';
import { cardHex, flip, otherSession, range, session, wrongAt } from '../generate/fixture.ts';

const { cardHash } = session;

const authOf = (epoch: number): Uint8Array =>
  encodeAuth(session.keyForSlot(8 * epoch + 2), cardHash, epoch, 'full', epoch * 4099);

const sign = (m: Uint8Array): Uint8Array => session.signWithSessionKey(m);

const first = createCheckpoint(
  { windowStart: 1, presenceMap: 0xf0000000, previousHash: new Uint8Array(6), bodies: range(1, 5).map(authOf) },
  cardHash,
  sign,
);

const second = createCheckpoint(
  {
    windowStart: 5,
    presenceMap: 0xfff78000,
    previousHash: first.hash.slice(0, 6),
    bodies: [...range(5, 17), ...range(18, 22)].map(authOf),
  },
  cardHash,
  sign,
);

const short = createCheckpoint(
  {
    windowStart: 5,
    presenceMap: 0xc0000000,
    previousHash: first.hash.slice(0, 6),
    bodies: [authOf(5), authOf(6), ...range(0, 14).map(() => new Uint8Array(6))],
  },
  cardHash,
  sign,
);

const checkpointVerify: Plan = {
  path: 'checkpoint/verify',
  page: '05-checkpoint',
  layer: 'checkpoint',
  operation: 'checkpoint.verify',
  common: { card: cardHex, previous: null },
  cases: [
    { name: 'first-window', description: 'Four epochs', rules: ['CKPT-1', 'CKPT-2'], input: { checkpoint: hex(first.bytes) } },
    {
      name: 'second-window',
      description: 'Sixteen epochs, epoch 17 was not carried',
      rules: ['CKPT-1', 'CKPT-2', 'CKPT-3'],
      input: { checkpoint: hex(second.bytes), previous: hex(first.bytes) },
    },
    {
      name: 'closed-early',
      description: 'Two epochs, then the session ended',
      rules: ['CKPT-1'],
      input: { checkpoint: hex(short.bytes), previous: hex(first.bytes) },
    },
    {
      name: 'body-changed',
      description: 'One bit of an AUTH body',
      rules: ['CKPT-1'],
      input: { checkpoint: flip(first.bytes, 7) },
      refused: 'checkpoint-bad-signature',
    },
    {
      name: 'map-changed',
      description: 'Epoch 4 is exchanged for epoch 5',
      rules: ['CKPT-1'],
      input: { checkpoint: flip(first.bytes, 26, 0x18) },
      refused: 'checkpoint-bad-signature',
    },
    {
      name: 'start-changed',
      description: 'The window begins one epoch later',
      rules: ['CKPT-1'],
      input: { checkpoint: flip(first.bytes, 25, 3) },
      refused: 'checkpoint-bad-signature',
    },
    {
      name: 'signature-changed',
      description: 'One bit of the signature',
      rules: ['CKPT-1'],
      input: { checkpoint: flip(first.bytes, 99) },
      refused: 'checkpoint-bad-signature',
    },
    {
      name: 'of-another-session',
      description: 'Signed by another session',
      rules: ['CKPT-1'],
      input: { checkpoint: hex(createCheckpoint(first, otherSession.cardHash, (m) => otherSession.signWithSessionKey(m)).bytes) },
      refused: 'checkpoint-bad-signature',
    },
    {
      name: 'truncated',
      description: 'The signature ends after 63 bytes',
      rules: ['CKPT-1'],
      input: { checkpoint: hex(first.bytes.slice(0, 99)) },
      refused: 'checkpoint-malformed',
    },
    {
      name: 'unused-body',
      description: 'A body that the map does not name is not zero',
      rules: ['CKPT-3'],
      input: { checkpoint: flip(short.bytes, 90), previous: hex(first.bytes) },
      refused: 'checkpoint-malformed',
    },
    {
      name: 'map-without-first',
      description: 'The map leaves out its own first epoch',
      rules: ['CKPT-3'],
      input: { checkpoint: flip(first.bytes, 26, 0x80) },
      refused: 'checkpoint-malformed',
    },
    {
      name: 'wrong-predecessor',
      description: 'The second window without the first',
      rules: ['CKPT-2'],
      input: { checkpoint: hex(second.bytes) },
      refused: 'checkpoint-chain-broken',
    },
    {
      name: 'first-again',
      description: 'A window that names no predecessor, after another',
      rules: ['CKPT-2'],
      input: { checkpoint: hex(first.bytes), previous: hex(second.bytes) },
      refused: 'checkpoint-chain-broken',
    },
  ],
};

const words = checkpointSymbols(first);

const heard = (indices: readonly number[], change: (index: number, symbol: string) => string = (_, s) => s): object[] =>
  indices.map((index) => ({ index, symbol: change(index, hex(rsEncode(words, index))) }));

const symbolCheckpoint: Plan = {
  path: 'symbols/checkpoint',
  page: '05-checkpoint',
  layer: 'symbols',
  operation: 'symbols.checkpoint',
  common: { card: cardHex, k: 17 },
  cases: [
    {
      name: 'auths-and-header',
      description: 'The four AUTH bodies and symbols 4 … 16',
      rules: ['SYM-2'],
      input: { received: heard(range(0, 17)) },
      says: { checkpoint: hex(first.bytes) },
    },
    {
      name: 'two-auths-lost',
      description: 'Two AUTHs were not heard, symbols 17 and 18 stand in',
      rules: ['SYM-2'],
      input: { received: heard(range(2, 19)) },
      says: { checkpoint: hex(first.bytes) },
    },
    {
      name: 'one-wrong',
      description: '18 symbols, one wrong',
      rules: ['SYM-2'],
      input: { received: heard(range(0, 18), wrongAt(9)) },
      says: { checkpoint: hex(first.bytes) },
    },
    {
      name: 'too-few',
      description: '16 symbols',
      rules: ['SYM-2'],
      input: { received: heard(range(0, 16)) },
      refused: 'symbols-undecodable',
    },
    {
      name: 'wrong-without-spare',
      description: '17 symbols, one wrong: the signature does not hold',
      rules: ['SYM-2'],
      input: { received: heard(range(0, 17), wrongAt(1)) },
      refused: 'symbols-undecodable',
    },
  ],
};

const truncated: Plan = {
  path: 'attack/truncated-signature/checkpoint',
  page: '10-security',
  layer: 'checkpoint',
  operation: 'checkpoint.verify',
  common: { card: cardHex, previous: null },
  cases: [32, 48, 63].map((n) => ({
    name: `${n}-bytes`,
    description: `The first ${n} bytes of the signature, the rest zeros`,
    rules: ['CKPT-1'],
    input: { checkpoint: hex(first.bytes.slice(0, 36 + n)) + '00'.repeat(64 - n) },
    refused: 'checkpoint-bad-signature',
  })),
};

export const checkpointPlans: readonly Plan[] = [checkpointVerify, symbolCheckpoint, truncated];
