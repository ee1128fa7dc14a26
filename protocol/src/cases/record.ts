/** Vectors of slot records, alone and in a row. */
import { createRecord, hex, type SlotRecord, type SlotRecordFields } from '@undertone/token';
import type { Case, Plan } from '../generate/builder.ts';
import { cardHex, flip, otherSession, SLOTS, sequence, session } from '../generate/fixture.ts';

const { cardHash } = session;

const randomBytes = (seed: number, n: number): Uint8Array => {
  const next = sequence(seed);
  return Uint8Array.from({ length: n }, () => Math.floor(next() * 256));
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
      input: {
        record: hex(createRecord(field(1, { cardHash: otherSession.cardHash }), (m) => otherSession.signWithSessionKey(m)).bytes),
      },
      refused: 'record-wrong-card',
    },
    {
      name: 'signed-by-another-session',
      description: 'The card is right, another session key signed',
      rules: ['REC-1'],
      input: { record: hex(createRecord(field(1), (m) => otherSession.signWithSessionKey(m)).bytes) },
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
      name: 'begins-late',
      description: 'The first record is of slot 3 and says that none came before: nothing is missing',
      rules: ['REC-2'],
      input: { ...chainOf(makeRecords([3, 4])) },
      says: { kept: [3, 4], gaps: [] },
    },
    {
      name: 'first-slot-after-another',
      description: 'The record of slot 1 names one before it',
      rules: ['REC-2'],
      polarity: 'negative',
      input: { ...chainOf(makeRecords([1], () => ({ previousHash: five[0].hash }))) },
      says: { kept: [], rejected: [{ slot: 1, code: 'record-chain-broken' }] },
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

const duplicate: Plan = {
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
};

const gap: Plan = {
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
};

export const recordPlans: readonly Plan[] = [recordVerify, recordChain, duplicate, gap];
