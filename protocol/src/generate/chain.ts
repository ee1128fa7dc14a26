/** Vectors of slot keys, disclosure, clocks and the arrival rule. */
import { hex } from '@undertone/token';
import type { Plan } from './builder.ts';
import { cardHex, flip, makeSession, SLOTS, secret, session, T0 } from './fixture.ts';

const { card } = session;
const key = (slot: number): string => hex(session.keyForSlot(slot));
const root = { slot: 0, key: hex(card.chainRoot) };
const DUE_17 = T0 + 2560 * 17 + 2000;
const nonce = '000102030405060708090a0b0c0d0e0f';
const signed = (timeMs: number, asked = nonce, by = session): object => ({
  timeMs,
  signature: hex(
    by.signTime(
      Uint8Array.from(asked.match(/../g)!, (h) => Number.parseInt(h, 16)),
      timeMs,
    ),
  ),
});

const verify: Plan = {
  path: 'chain/verify',
  page: '04-chain',
  layer: 'chain',
  operation: 'chain.verify',
  common: { sessionKey: hex(card.sessionKey), slots: SLOTS, anchor: root },
  cases: [
    { name: 'first', description: 'K_1 against K_0', rules: ['CHAIN-1'], input: { slot: 1, key: key(1) } },
    {
      name: 'last',
      description: 'The key of the last slot against K_0',
      rules: ['CHAIN-1'],
      input: { slot: SLOTS, key: key(SLOTS) },
    },
    {
      name: 'from-a-later-anchor',
      description: 'K_40 against a verified K_17',
      rules: ['CHAIN-1'],
      input: { slot: 40, key: key(40), anchor: { slot: 17, key: key(17) } },
    },
    {
      name: 'same-slot',
      description: 'A key that is already verified',
      rules: ['CHAIN-1'],
      input: { slot: 17, key: key(17), anchor: { slot: 17, key: key(17) } },
    },
    {
      name: 'bit-changed',
      description: 'One bit of K_17 is changed',
      rules: ['CHAIN-1'],
      input: { slot: 17, key: flip(key(17), 11) },
      refused: 'key-mismatch',
    },
    {
      name: 'neighbour',
      description: 'K_18 offered for slot 17',
      rules: ['CHAIN-1'],
      input: { slot: 17, key: key(18) },
      refused: 'key-mismatch',
    },
    {
      name: 'root-as-key',
      description: 'K_0 offered for slot 1',
      rules: ['CHAIN-1'],
      input: { slot: 1, key: root.key },
      refused: 'key-mismatch',
    },
    {
      name: 'before-the-anchor',
      description: 'A slot before the anchor',
      rules: ['CHAIN-1'],
      input: { slot: 16, key: key(16), anchor: { slot: 17, key: key(17) } },
      refused: 'key-mismatch',
    },
    {
      name: 'too-short',
      description: 'Eleven bytes',
      rules: ['CHAIN-1'],
      input: { slot: 17, key: key(17).slice(2) },
      refused: 'key-mismatch',
    },
    {
      name: 'beyond-the-card',
      description: 'A slot after the last of the card: not walked',
      rules: ['CHAIN-1'],
      input: { slot: SLOTS + 1, key: key(SLOTS) },
      refused: 'key-mismatch',
    },
    {
      name: 'other-session-key',
      description: 'The same chain bytes under another session key',
      rules: ['CHAIN-1'],
      input: { slot: 1, key: key(1), sessionKey: hex(makeSession(undefined, { session: 4 }).card.sessionKey) },
      refused: 'key-mismatch',
    },
  ],
};

const derive: Plan = {
  path: 'chain/derive',
  page: '04-chain',
  layer: 'chain',
  operation: 'chain.derive',
  common: { sessionKey: hex(card.sessionKey), cardHash: hex(card.cardHash) },
  cases: [1, 2, 17, SLOTS].map((slot) => ({
    name: `slot-${slot}`,
    description: `What K_${slot} gives: the key before it, the mask, the selection of the digest`,
    rules: ['CHAIN-2'],
    input: { slot, key: key(slot) },
    says: { previous: slot === 1 ? root.key : key(slot - 1) },
  })),
};

const make: Plan = {
  path: 'chain/make',
  page: '04-chain',
  layer: 'chain',
  operation: 'chain.make',
  common: { seed: hex(secret(3)), sessionKey: hex(card.sessionKey) },
  cases: [
    {
      name: 'the-chain-of-the-vectors',
      description: 'From its seed to K_0',
      rules: ['CHAIN-1'],
      input: { slots: SLOTS },
      says: { root: root.key },
    },
    {
      name: 'too-long',
      description: 'More slots than a card can name',
      rules: ['CHAIN-1'],
      input: { slots: 65536 },
      refused: 'chain-slot',
    },
  ],
};

const release: Plan = {
  path: 'chain/release',
  page: '04-chain',
  layer: 'clock',
  operation: 'chain.release',
  common: { t0Ms: T0, delaySeconds: 2, slots: SLOTS, slot: 17 },
  cases: [
    { name: 'due', description: 'At D_17 itself', rules: ['CHAIN-3'], input: { nowMs: DUE_17 }, says: { dueMs: DUE_17 } },
    { name: 'long-due', description: 'A year later', rules: ['CHAIN-3'], input: { nowMs: DUE_17 + 31_536_000_000 } },
    {
      name: 'one-early',
      description: 'One millisecond before D_17',
      rules: ['CHAIN-3'],
      input: { nowMs: DUE_17 - 1 },
      refused: 'key-not-due',
    },
    {
      name: 'slot-over',
      description: 'The slot has ended, δ has not passed',
      rules: ['CHAIN-3'],
      input: { nowMs: T0 + 2560 * 17 },
      refused: 'key-not-due',
    },
    {
      name: 'longer-delay',
      description: 'δ of 10 s: what is due with 2 s is not',
      rules: ['CHAIN-3'],
      input: { delaySeconds: 10, nowMs: DUE_17 },
      refused: 'key-not-due',
    },
    {
      name: 'root',
      description: 'K_0 is in the card and never released as a key',
      rules: ['CHAIN-3'],
      input: { slot: 0, nowMs: DUE_17 },
      refused: 'key-not-due',
    },
  ],
};

const answer = signed(T0 + 5000);
const time: Plan = {
  path: 'clock/answer',
  page: '04-chain',
  layer: 'clock',
  operation: 'time.verify',
  common: { card: cardHex, nonce },
  cases: [
    { name: 'as-asked', description: 'The answer to this nonce', rules: ['CHAIN-4'], input: { answer } },
    {
      name: 'other-nonce',
      description: 'The answer to another nonce',
      rules: ['CHAIN-4'],
      input: { answer: signed(T0 + 5000, flip(nonce, 0)) },
      refused: 'time-bad-signature',
    },
    {
      name: 'other-time',
      description: 'The time is a millisecond less than was signed',
      rules: ['CHAIN-4'],
      input: { answer: { ...answer, timeMs: T0 + 4999 } },
      refused: 'time-bad-signature',
    },
    {
      name: 'other-session',
      description: 'Another session of the same issuer signed',
      rules: ['CHAIN-4'],
      input: { answer: signed(T0 + 5000, nonce, makeSession(undefined, { session: 4 })) },
      refused: 'time-bad-signature',
    },
    {
      name: 'short-nonce',
      description: 'A nonce of 15 bytes',
      rules: ['CHAIN-4'],
      input: { nonce: nonce.slice(2), answer },
      refused: 'time-bad-signature',
    },
  ],
};

const bound = { timeMs: T0 + 5000, askedAtMs: 1_000_000 };
const bounds: Plan = {
  path: 'clock/bound',
  page: '04-chain',
  layer: 'clock',
  operation: 'clock.bound',
  common: { bound },
  cases: [
    {
      name: 'at-once',
      description: 'At the moment of asking',
      rules: ['CHAIN-5'],
      input: { atMs: 1_000_000 },
      says: { upperMs: T0 + 5000 },
    },
    {
      name: 'ten-seconds',
      description: 'Ten seconds later, with the drift',
      rules: ['CHAIN-5'],
      input: { atMs: 1_010_000 },
      tolerance: { upperMs: 0.01 },
    },
    {
      name: 'five-minutes',
      description: 'The last moment that it holds',
      rules: ['CHAIN-5'],
      input: { atMs: 1_300_000 },
      tolerance: { upperMs: 0.01 },
    },
    {
      name: 'too-old',
      description: 'One millisecond more than five minutes',
      rules: ['CHAIN-5'],
      input: { atMs: 1_300_001 },
      refused: 'clock-unbounded',
    },
    {
      name: 'before-asking',
      description: 'Before the question was asked',
      rules: ['CHAIN-5'],
      input: { atMs: 999_999 },
      refused: 'clock-unbounded',
    },
  ],
};

/** Local time at which U reaches D_17. */
const LIMIT = 1_000_000 + (DUE_17 - bound.timeMs) / (1 + 2e-4);
const arrival: Plan = {
  path: 'clock/arrival',
  page: '04-chain',
  layer: 'clock',
  operation: 'arrival.check',
  common: { t0Ms: T0, delaySeconds: 2, slots: SLOTS, slot: 17, bound },
  cases: [
    {
      name: 'in-time',
      description: 'Sound and record a second before the key can be out',
      rules: ['CHAIN-6', 'VER-9'],
      input: { lastSampleMs: Math.floor(LIMIT) - 1000, recordMs: Math.floor(LIMIT) - 1000 },
    },
    {
      name: 'just-in-time',
      description: 'Both at the last millisecond',
      rules: ['CHAIN-6', 'VER-9'],
      input: { lastSampleMs: Math.floor(LIMIT), recordMs: Math.floor(LIMIT) },
    },
    {
      name: 'sound-late',
      description: 'The record came in time, the sound a millisecond late',
      rules: ['CHAIN-6', 'VER-9'],
      input: { lastSampleMs: Math.ceil(LIMIT), recordMs: Math.floor(LIMIT) - 1000 },
      refused: 'arrived-late',
    },
    {
      name: 'record-late',
      description: 'The sound came in time, the record a millisecond late',
      rules: ['CHAIN-6', 'VER-9'],
      input: { lastSampleMs: Math.floor(LIMIT) - 1000, recordMs: Math.ceil(LIMIT) },
      refused: 'arrived-late',
    },
    {
      name: 'no-bound',
      description: 'The clock was never asked',
      rules: ['CHAIN-6', 'VER-9'],
      input: { bound: null, lastSampleMs: 1_010_000, recordMs: 1_010_000 },
      refused: 'clock-unbounded',
    },
    {
      name: 'bound-too-old',
      description: 'The clock was asked six minutes before',
      rules: ['CHAIN-6', 'VER-9'],
      input: { slot: 200, lastSampleMs: 1_360_000, recordMs: 1_360_000 },
      refused: 'clock-unbounded',
    },
  ],
};

const attacks: readonly Plan[] = [
  {
    path: 'attack/replay/arrival',
    page: '10-security',
    layer: 'clock',
    operation: 'arrival.check',
    common: { t0Ms: T0, delaySeconds: 2, slots: SLOTS, bound: { timeMs: T0 + 600_000, askedAtMs: 5_000_000 } },
    cases: [
      {
        name: 'recording-of-the-call',
        description: 'Ten minutes later the sound and the true record of slot 17 are played again',
        rules: ['CHAIN-6', 'VER-9'],
        input: { slot: 17, lastSampleMs: 5_001_000, recordMs: 5_001_000 },
        refused: 'arrived-late',
      },
      {
        name: 'record-heard-before',
        description: 'The record was fetched in the call, only the sound is played again',
        rules: ['CHAIN-6', 'VER-9'],
        input: { slot: 230, lastSampleMs: 5_030_000, recordMs: 5_000_500 },
        refused: 'arrived-late',
      },
      {
        name: 'the-call-itself',
        description: 'A slot of the running call',
        rules: ['CHAIN-6', 'VER-9'],
        input: { slot: 236, lastSampleMs: 5_004_500, recordMs: 5_004_600 },
      },
    ],
  },
  {
    path: 'attack/late-key/verify',
    page: '10-security',
    layer: 'chain',
    operation: 'chain.verify',
    common: { sessionKey: hex(card.sessionKey), slots: SLOTS, anchor: { slot: 40, key: key(40) } },
    cases: [
      {
        name: 'old-key-for-a-new-slot',
        description: 'A disclosed key is offered for a slot that is still sealed',
        rules: ['CHAIN-1'],
        input: { slot: 41, key: key(40) },
        refused: 'key-mismatch',
      },
      {
        name: 'guessed',
        description: 'A key of zeros',
        rules: ['CHAIN-1'],
        input: { slot: 41, key: '00'.repeat(12) },
        refused: 'key-mismatch',
      },
      { name: 'true-key', description: 'The true key of the slot', rules: ['CHAIN-1'], input: { slot: 41, key: key(41) } },
    ],
  },
];

export const chainPlans: readonly Plan[] = [verify, derive, make, release, time, bounds, arrival, ...attacks];
