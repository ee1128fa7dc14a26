/** Vectors of slot keys and their disclosure. */
import { hex } from '@undertone/token';
import type { Plan } from '../generate/builder.ts';
import { flip, makeSession, SLOTS, secret, session, T0 } from '../generate/fixture.ts';

const { card } = session;

const key = (slot: number): string => hex(session.keyForSlot(slot));

const root = { slot: 0, key: hex(card.chainRoot) };

const DUE_17 = T0 + 2560 * 17 + 2000;

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

const lateKey: Plan = {
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
};

export const chainPlans: readonly Plan[] = [verify, derive, make, release, lateKey];
