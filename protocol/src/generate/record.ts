/** Vectors of frames, AUTH bodies, records, symbols and checkpoints. */
import {
  cardSymbols,
  checkpointSymbols,
  createCheckpoint,
  createRecord,
  encodeAuth,
  encodeFrame,
  hex,
  rsEncode,
  type SlotRecord,
  type SlotRecordFields,
} from '@undertone/token';
import type { Case, Plan } from './builder.ts';
import { cardHex, flip, makeSession, SLOTS, sequence, session } from './fixture.ts';

const { card, cardHash } = session;
const locator = hex(session.locator);
const other = makeSession(undefined, { session: 4 });
const BODY = '010203040506';
const bytes = (text: string): Uint8Array => Uint8Array.from(text.match(/../g)!, (h) => Number.parseInt(h, 16));
const randomBytes = (seed: number, n: number): Uint8Array => {
  const next = sequence(seed);
  return Uint8Array.from({ length: n }, () => Math.floor(next() * 256));
};

const frame = (lane: 'open' | 'sealed', type: number, ctr: number, body: string, of = session): string =>
  hex(encodeFrame({ type: type as 0, ctr, body: bytes(body) }, lane, of.locator));
const kinds = [
  ['loc', 'open', 0, 0, locator],
  ['auth', 'sealed', 1, 3, BODY],
  ['key', 'open', 2, 7, BODY],
  ['card-open', 'open', 3, 31, BODY],
  ['card-sealed', 'sealed', 3, 31, BODY],
  ['checkpoint', 'sealed', 5, 20, BODY],
] as const;

const encode: Plan = {
  path: 'frame/encode',
  page: '03-frames',
  layer: 'frame',
  operation: 'frame.encode',
  common: { locator },
  cases: [
    ...kinds.map(
      ([name, lane, type, ctr, body]): Case => ({
        name,
        description: `A frame of type ${type} in the ${lane} lane`,
        rules: ['FRAME-1'],
        input: { lane, type, ctr, body },
      }),
    ),
    {
      name: 'key-in-the-sealed-lane',
      description: 'KEY does not go in the sealed lane',
      rules: ['FRAME-1'],
      input: { lane: 'sealed', type: 2, ctr: 7, body: BODY },
      refused: 'frame-bad-field',
    },
    {
      name: 'counter-too-large',
      description: 'A counter of 32',
      rules: ['FRAME-1'],
      input: { lane: 'open', type: 3, ctr: 32, body: BODY },
      refused: 'frame-bad-field',
    },
    {
      name: 'loc-with-counter',
      description: 'LOC has no counter',
      rules: ['FRAME-1'],
      input: { lane: 'open', type: 0, ctr: 1, body: locator },
      refused: 'frame-bad-field',
    },
  ],
};

const decode: Plan = {
  path: 'frame/decode',
  page: '03-frames',
  layer: 'frame',
  operation: 'frame.decode',
  common: { locator },
  cases: [
    ...kinds.map(
      ([name, lane, type, ctr, body]): Case => ({
        name,
        description: `A frame of type ${type} in the ${lane} lane`,
        rules: ['FRAME-1'],
        input: { lane, frame: frame(lane, type, ctr, body) },
        says: { type, ctr, body },
      }),
    ),
    {
      name: 'loc-without-session',
      description: 'LOC is read before any session is known',
      rules: ['FRAME-1'],
      input: { lane: 'open', locator: null, frame: frame('open', 0, 0, locator) },
    },
    {
      name: 'loc-of-another-session',
      description: 'A LOC of another session is read: the reader compares',
      rules: ['FRAME-1'],
      input: { lane: 'open', frame: frame('open', 0, 0, hex(other.locator), other) },
    },
    {
      name: 'check-changed',
      description: 'One bit of the check',
      rules: ['FRAME-1'],
      input: { lane: 'open', frame: flip(frame('open', 2, 7, BODY), 8) },
      refused: 'frame-ignored',
    },
    {
      name: 'body-changed',
      description: 'One bit of the body',
      rules: ['FRAME-1'],
      input: { lane: 'open', frame: flip(frame('open', 2, 7, BODY), 3) },
      refused: 'frame-ignored',
    },
    {
      name: 'counter-changed',
      description: 'One bit of the counter',
      rules: ['FRAME-1'],
      input: { lane: 'open', frame: flip(frame('open', 2, 7, BODY), 0) },
      refused: 'frame-ignored',
    },
    {
      name: 'other-lane',
      description: 'A CARD frame of the sealed lane heard in the open one',
      rules: ['FRAME-1'],
      input: { lane: 'open', frame: frame('sealed', 3, 31, BODY) },
      refused: 'frame-ignored',
    },
    {
      name: 'auth-in-the-open-lane',
      description: 'AUTH with a check that holds, in the open lane',
      rules: ['FRAME-1'],
      input: { lane: 'open', frame: withCheck(0, (1 << 5) | 3, BODY, locator) },
      refused: 'frame-ignored',
    },
    {
      name: 'key-in-the-sealed-lane',
      description: 'KEY with a check that holds, in the sealed lane',
      rules: ['FRAME-1'],
      input: { lane: 'sealed', frame: withCheck(1, (2 << 5) | 7, BODY, locator) },
      refused: 'frame-ignored',
    },
    {
      name: 'loc-with-counter',
      description: 'LOC with counter 1 and a check that holds',
      rules: ['FRAME-1'],
      input: { lane: 'open', frame: withCheck(0, 1, locator, '') },
      refused: 'frame-ignored',
    },
    {
      name: 'of-another-session',
      description: 'A CARD frame of another session: its check holds another locator',
      rules: ['FRAME-1'],
      input: { lane: 'open', frame: frame('open', 3, 5, BODY, other) },
      refused: 'frame-ignored',
    },
    {
      name: 'no-session-known',
      description: 'A CARD frame before any locator is known',
      rules: ['FRAME-1'],
      input: { lane: 'open', locator: null, frame: frame('open', 3, 5, BODY) },
      refused: 'frame-ignored',
    },
    {
      name: 'too-short',
      description: 'Eight bytes',
      rules: ['FRAME-1'],
      input: { lane: 'open', frame: frame('open', 2, 7, BODY).slice(2) },
      refused: 'frame-ignored',
    },
  ],
};

/** A frame that no encoder makes, with a check that holds all the same. */
function withCheck(lane: number, head: number, body: string, of: string): string {
  let crc = 0xffff;
  for (const byte of [...(of === '' ? [] : bytes(of)), lane, head, ...bytes(body)]) {
    crc ^= byte << 8;
    for (let i = 0; i < 8; i++) crc = crc & 0x8000 ? ((crc << 1) ^ 0x1021) & 0xffff : (crc << 1) & 0xffff;
  }
  return hex(Uint8Array.of(head)) + body + crc.toString(16).padStart(4, '0');
}

const key18 = session.keyForSlot(18);
const auth = hex(encodeAuth(key18, cardHash, 2, 'interrupted', 0x2a5f31));
const authVerify: Plan = {
  path: 'auth/verify',
  page: '05-checkpoint',
  layer: 'frame',
  operation: 'auth.verify',
  common: { body: auth, key: hex(key18), cardHash: hex(cardHash), epoch: 2 },
  cases: [
    { name: 'as-sent', description: 'An interrupted epoch', rules: ['AUTH-1'], says: { state: 'interrupted', digest: 0x2a5f31 } },
    ...(['full', 'void', 'end'] as const).map(
      (state): Case => ({
        name: state,
        description: `State ${state}`,
        rules: ['AUTH-1'],
        input: { body: hex(encodeAuth(key18, cardHash, 2, state, 0)) },
        says: { state },
      }),
    ),
    {
      name: 'tag-changed',
      description: 'One bit of the tag',
      rules: ['AUTH-1'],
      input: { body: flip(auth, 5) },
      refused: 'tag-mismatch',
    },
    {
      name: 'digest-changed',
      description: 'One bit of the digest',
      rules: ['AUTH-1'],
      input: { body: flip(auth, 2) },
      refused: 'tag-mismatch',
    },
    {
      name: 'state-changed',
      description: 'Another state',
      rules: ['AUTH-1'],
      input: { body: flip(auth, 0, 0xc0) },
      refused: 'tag-mismatch',
    },
    {
      name: 'other-epoch',
      description: 'The same body for epoch 3',
      rules: ['AUTH-1'],
      input: { epoch: 3 },
      refused: 'tag-mismatch',
    },
    {
      name: 'epoch-34',
      description: 'Epoch 34 has the same counter in the frame',
      rules: ['AUTH-1'],
      input: { epoch: 34 },
      refused: 'tag-mismatch',
    },
    {
      name: 'other-key',
      description: 'With the key of the slot after',
      rules: ['AUTH-1'],
      input: { key: hex(session.keyForSlot(19)) },
      refused: 'tag-mismatch',
    },
    {
      name: 'other-card',
      description: 'Under the card of another session',
      rules: ['AUTH-1'],
      input: { cardHash: hex(other.cardHash) },
      refused: 'tag-mismatch',
    },
  ],
};

const tag = (epoch: number, holds = true, candidates = 1): object => ({ epoch, holds, candidates });
const authCount: Plan = {
  path: 'auth/count',
  page: '05-checkpoint',
  layer: 'match',
  operation: 'auth.count',
  cases: [
    {
      name: 'two-tags',
      description: 'Two tags of one reading each: 48 bits',
      rules: ['AUTH-2'],
      input: { tags: [tag(1), tag(2)] },
      says: { bits: 48 },
    },
    {
      name: 'three-with-candidates',
      description: 'Three tags, 16 readings tried for each',
      rules: ['AUTH-2'],
      input: { tags: [tag(1, true, 16), tag(2, true, 16), tag(3, true, 16)] },
      says: { bits: 60 },
    },
    {
      name: 'one-tag',
      description: 'One tag is not enough',
      rules: ['AUTH-2'],
      input: { tags: [tag(1)] },
      refused: 'tags-too-few',
    },
    {
      name: 'two-with-candidates',
      description: 'Two tags, 16 readings tried for each: 40 bits',
      rules: ['AUTH-2'],
      input: { tags: [tag(1, true, 16), tag(2, true, 16)] },
      refused: 'tags-too-few',
    },
    {
      name: 'one-epoch-twice',
      description: 'The tag of one epoch heard twice counts once',
      rules: ['AUTH-2'],
      input: { tags: [tag(1), tag(1)] },
      refused: 'tags-too-few',
    },
    {
      name: 'two-failures',
      description: 'Two of the last four tags fail',
      rules: ['AUTH-3'],
      input: { tags: [tag(1), tag(2), tag(3), tag(4, false), tag(5), tag(6, false)] },
      refused: 'tags-failed',
    },
    {
      name: 'one-failure',
      description: 'One of four fails',
      rules: ['AUTH-3'],
      input: { tags: [tag(1), tag(2), tag(3, false), tag(4)] },
    },
  ],
};

const field = (slot: number, change: Partial<SlotRecordFields> = {}): SlotRecordFields => ({
  cardHash,
  slot,
  previousHash: new Uint8Array(32),
  sentMap: 0xfffff00f,
  sealedBits: randomBytes(slot, 8),
  digest: randomBytes(1000 + slot, 64),
  state: 'full',
  ...change,
});
const makeRecords = (
  slots: readonly number[],
  change: (slot: number) => Partial<SlotRecordFields> = () => ({}),
): SlotRecord[] => {
  const records: SlotRecord[] = [];
  for (const slot of slots) {
    const previousHash = records.at(-1)?.hash ?? new Uint8Array(32);
    records.push(createRecord(field(slot, { previousHash, ...change(slot) }), (m) => session.signWithSessionKey(m)));
  }
  return records;
};
const five = makeRecords([1, 2, 3, 4, 5]);
const [record1] = five;

const recordVerify: Plan = {
  path: 'record/verify',
  page: '05-checkpoint',
  layer: 'record',
  operation: 'record.verify',
  common: { card: cardHex },
  cases: [
    { name: 'first', description: 'The record of slot 1', rules: ['REC-1'], input: { record: hex(record1.bytes) } },
    ...(['interrupted', 'void', 'end'] as const).map(
      (state): Case => ({
        name: state,
        description: `A slot whose speech was ${state}`,
        rules: ['REC-1'],
        input: { record: hex(makeRecords([1], () => ({ state }))[0].bytes) },
        says: { state },
      }),
    ),
    ...(
      [
        ['label', 0, 'record-malformed'],
        ['card-hash', 10, 'record-wrong-card'],
        ['slot', 42, 'record-bad-signature'],
        ['previous-hash', 50, 'record-bad-signature'],
        ['sent-map', 78, 'record-bad-signature'],
        ['sealed-bits', 80, 'record-bad-signature'],
        ['digest', 100, 'record-bad-signature'],
        ['signature', 200, 'record-bad-signature'],
      ] as const
    ).map(
      ([name, at, refused]): Case => ({
        name: `bit-of-${name}`,
        description: `One bit of ${name} is changed`,
        rules: ['REC-1'],
        input: { record: flip(record1.bytes, at, 2) },
        refused,
      }),
    ),
    {
      name: 'unknown-state',
      description: 'State 4',
      rules: ['REC-1'],
      input: { record: flip(record1.bytes, 151, 4) },
      refused: 'record-malformed',
    },
    {
      name: 'too-short',
      description: 'One byte is missing',
      rules: ['REC-1'],
      input: { record: hex(record1.bytes.slice(0, 215)) },
      refused: 'record-malformed',
    },
    {
      name: 'beyond-the-card',
      description: 'A signed record of the slot after the last',
      rules: ['REC-1'],
      input: { record: hex(makeRecords([SLOTS + 1])[0].bytes) },
      refused: 'record-bad-slot',
    },
    {
      name: 'slot-zero',
      description: 'Slot 0',
      rules: ['REC-1'],
      input: { record: flip(record1.bytes, 42, 1) },
      refused: 'record-malformed',
    },
    {
      name: 'of-another-session',
      description: 'A record of another session of the same issuer',
      rules: ['REC-1'],
      input: { record: hex(createRecord(field(1, { cardHash: other.cardHash }), (m) => other.signWithSessionKey(m)).bytes) },
      refused: 'record-wrong-card',
    },
    {
      name: 'signed-by-another-session',
      description: 'The card is right, another session key signed',
      rules: ['REC-1'],
      input: { record: hex(createRecord(field(1), (m) => other.signWithSessionKey(m)).bytes) },
      refused: 'record-bad-signature',
    },
  ],
};

const chainOf = (records: readonly SlotRecord[]): object => ({ records: records.map((r) => hex(r.bytes)) });
const again = createRecord(field(3, { previousHash: five[1].hash, sentMap: 1 }), (m) => session.signWithSessionKey(m));
const recordChain: Plan = {
  path: 'record/chain',
  page: '05-checkpoint',
  layer: 'record',
  operation: 'record.chain',
  common: { card: cardHex },
  cases: [
    {
      name: 'whole',
      description: 'Five records in a row',
      rules: ['REC-2', 'REC-3'],
      input: { ...chainOf(five) },
      says: { kept: [1, 2, 3, 4, 5], gaps: [], rejected: [] },
    },
    {
      name: 'out-of-order',
      description: 'The same five in another order',
      rules: ['REC-2'],
      input: { ...chainOf([3, 0, 4, 1, 2].map((i) => five[i])) },
      says: { kept: [1, 2, 3, 4, 5] },
    },
    {
      name: 'gap',
      description: 'Slot 3 is missing: the gap is told',
      rules: ['REC-2'],
      polarity: 'negative',
      input: { ...chainOf(five.filter((r) => r.slot !== 3)) },
      says: { kept: [1, 2, 4, 5], gaps: [{ from: 3, to: 3 }] },
    },
    {
      name: 'beginning-cut',
      description: 'Slots 1 and 2 are missing',
      rules: ['REC-2'],
      polarity: 'negative',
      input: { ...chainOf(five.slice(2)) },
      says: { kept: [3, 4, 5], gaps: [{ from: 1, to: 2 }] },
    },
    {
      name: 'broken-link',
      description: 'Slot 3 names another record before it',
      rules: ['REC-2'],
      polarity: 'negative',
      input: { ...chainOf([five[0], five[1], makeRecords([3], () => ({ previousHash: five[0].hash }))[0]]) },
      says: { kept: [1, 2], rejected: [{ slot: 3, code: 'record-chain-broken' }] },
    },
    {
      name: 'second-beginning',
      description: 'Slot 3 claims to be the first',
      rules: ['REC-2'],
      polarity: 'negative',
      input: { ...chainOf([five[0], five[1], makeRecords([3])[0]]) },
      says: { kept: [1, 2], rejected: [{ slot: 3, code: 'record-chain-broken' }] },
    },
    {
      name: 'equivocation',
      description: 'Two signed records of slot 3: neither is kept',
      rules: ['REC-3'],
      polarity: 'negative',
      input: { ...chainOf([...five.slice(0, 3), again]) },
      says: { kept: [1, 2], rejected: [{ slot: 3, code: 'record-equivocation' }] },
    },
    {
      name: 'the-same-twice',
      description: 'One record twice is no equivocation',
      rules: ['REC-3'],
      input: { ...chainOf([...five.slice(0, 3), five[2]]) },
      says: { kept: [1, 2, 3], rejected: [] },
    },
  ],
};

const data = cardSymbols(card);
const received = (indices: readonly number[], change: (index: number, symbol: string) => string = (_, s) => s): object[] =>
  indices.map((index) => ({ index, symbol: change(index, hex(rsEncode(data, index))) }));
const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);
const wrongAt =
  (...wrong: number[]) =>
  (index: number, symbol: string): string =>
    wrong.includes(index) ? flip(symbol, index % 6, 0x5a) : symbol;

const symbolEncode: Plan = {
  path: 'symbols/encode',
  page: '05-checkpoint',
  layer: 'symbols',
  operation: 'symbols.encode',
  common: { data: data.map(hex) },
  cases: [
    ...[0, 26, 27, 31, 255].map(
      (index): Case => ({
        name: `symbol-${index}`,
        description: `Symbol ${index} of a card`,
        rules: ['SYM-1'],
        input: { index },
      }),
    ),
    {
      name: 'index-too-large',
      description: 'There is no symbol 256',
      rules: ['SYM-1'],
      input: { index: 256 },
      refused: 'rs-bad-parameter',
    },
    {
      name: 'symbol-too-short',
      description: 'A data symbol of five bytes',
      rules: ['SYM-1'],
      input: { index: 30, data: [...data.slice(1).map(hex), '0102030405'] },
      refused: 'rs-bad-parameter',
    },
  ],
};

const symbolCard: Plan = {
  path: 'symbols/card',
  page: '05-checkpoint',
  layer: 'symbols',
  operation: 'symbols.card',
  common: { locator },
  cases: [
    {
      name: 'systematic',
      description: 'Symbols 0 … 26',
      rules: ['SYM-2'],
      input: { received: received(range(0, 27)) },
      says: { card: cardHex },
    },
    {
      name: 'five-lost',
      description: 'Five data symbols are lost, 27 … 31 stand in',
      rules: ['SYM-2'],
      input: { received: received(range(5, 32)) },
      says: { card: cardHex },
    },
    {
      name: 'one-wrong-two-spare',
      description: '29 symbols, one wrong',
      rules: ['SYM-2'],
      input: { received: received(range(3, 32), wrongAt(7)) },
      says: { card: cardHex },
    },
    {
      name: 'one-wrong-one-spare',
      description: '28 symbols, one wrong: found by leaving each one out',
      rules: ['SYM-2'],
      input: { received: received(range(4, 32), wrongAt(30)) },
      says: { card: cardHex },
    },
    {
      name: 'two-wrong-two-spare',
      description: '29 symbols, two wrong: found by leaving each pair out',
      rules: ['SYM-2'],
      input: { received: received(range(3, 32), wrongAt(4, 28)) },
      says: { card: cardHex },
    },
    {
      name: 'too-few',
      description: '26 symbols',
      rules: ['SYM-2'],
      input: { received: received(range(0, 26)) },
      refused: 'symbols-undecodable',
    },
    {
      name: 'one-wrong-no-spare',
      description: '27 symbols, one wrong: the hash does not fit',
      rules: ['SYM-2'],
      input: { received: received(range(0, 27), wrongAt(3)) },
      refused: 'symbols-undecodable',
    },
    {
      name: 'polluted',
      description: 'A third of the symbols are of another session',
      rules: ['SYM-2'],
      input: {
        received: [
          ...received(range(0, 20)),
          ...range(20, 32).map((index) => ({ index, symbol: hex(rsEncode(cardSymbols(other.card), index)) })),
        ],
      },
      refused: 'symbols-undecodable',
    },
    {
      name: 'whole-card-of-another',
      description: 'All symbols of another card, well coded: another locator',
      rules: ['SYM-2'],
      input: { received: range(0, 32).map((index) => ({ index, symbol: hex(rsEncode(cardSymbols(other.card), index)) })) },
      refused: 'symbols-undecodable',
    },
  ],
};

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
      input: { checkpoint: hex(createCheckpoint(first, other.cardHash, (m) => other.signWithSessionKey(m)).bytes) },
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

const attacks: readonly Plan[] = [
  {
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
  },
  {
    path: 'attack/duplicate/records',
    page: '10-security',
    layer: 'record',
    operation: 'record.chain',
    common: { card: cardHex },
    cases: [
      {
        name: 'equivocating-operator',
        description: 'Two signed histories of slots 2 and 3 meet: both slots fall',
        rules: ['REC-3'],
        polarity: 'negative',
        input: {
          ...chainOf([...five.slice(0, 3), ...makeRecords([1, 2, 3], (slot) => (slot === 1 ? {} : { sentMap: 7 })).slice(1)]),
        },
        keep: ['kept'],
        says: { kept: [1] },
      },
      {
        name: 'flooded',
        description: 'One honest history and many copies of it',
        rules: ['REC-3'],
        input: { ...chainOf([...five, ...five, ...five]) },
        says: { kept: [1, 2, 3, 4, 5], rejected: [] },
      },
    ],
  },
  {
    path: 'attack/gap/records',
    page: '10-security',
    layer: 'record',
    operation: 'record.chain',
    common: { card: cardHex },
    cases: [
      {
        name: 'cut-out',
        description: 'Slots 2 … 4 were cut out of the record',
        rules: ['REC-2'],
        polarity: 'negative',
        input: { ...chainOf([five[0], five[4]]) },
        says: { kept: [1, 5], gaps: [{ from: 2, to: 4 }] },
      },
      {
        name: 'cut-and-relinked',
        description: 'Slot 5 was made slot 2: its signature does not hold',
        rules: ['REC-1'],
        polarity: 'negative',
        input: { records: [hex(five[0].bytes), flip(five[4].bytes, 42, 7)] },
        says: { kept: [1], rejected: [{ slot: 2, code: 'record-bad-signature' }] },
      },
    ],
  },
];

export const recordPlans: readonly Plan[] = [
  encode,
  decode,
  authVerify,
  authCount,
  recordVerify,
  recordChain,
  symbolEncode,
  symbolCard,
  checkpointVerify,
  symbolCheckpoint,
  ...attacks,
];
