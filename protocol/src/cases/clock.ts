/** Vectors of clocks and the arrival rule. */
import { hex } from '@undertone/token';
import type { Plan } from '../generate/builder.ts';
import { cardHex, flip, makeSession, SLOTS, session, T0 } from '../generate/fixture.ts';

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

const replay: Plan = {
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
};

export const clockPlans: readonly Plan[] = [time, bounds, arrival, replay];
