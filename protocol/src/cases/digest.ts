/** Vectors of digests. */
import { slotDigest } from '@undertone/signal';
import { digestSelection, hex } from '@undertone/token';
import type { Plan } from '../generate/builder.ts';
import { sequence, session } from '../generate/fixture.ts';

const { cardHash } = session;

const key1 = session.keyForSlot(1);

const selection = digestSelection(key1, cardHash, 1);

/** Levels with a tenth of a dB, so that every language reads the same numbers. */
const speech = (
  seed: number,
  change: (tile: number, band: number, level: number) => number | null = (_, __, l) => l,
): (number | null)[] => {
  const next = sequence(seed);
  return Array.from({ length: 1024 }, (_, i) => {
    const level = change(Math.floor(i / 8), i % 8, Math.round(next() * 400) / 10 - 45);
    return level === null ? null : Math.round(level * 10) / 10;
  });
};

const measured = (levels: (number | null)[]) =>
  slotDigest(
    Float32Array.from(levels, (l) => l ?? Number.NEGATIVE_INFINITY),
    selection,
  );

const slot: Plan = {
  path: 'digest/slot',
  page: '06-digest',
  layer: 'digest',
  operation: 'digest.slot',
  common: { selection: hex(selection) },
  cases: [
    { name: 'whole-slot', description: 'Levels of a whole slot', rules: ['DIG-1'], input: { levels: speech(7) } },
    {
      name: 'half-heard',
      description: 'The second half was not heard',
      rules: ['DIG-1'],
      polarity: 'negative',
      input: { levels: speech(7, (t, _, l) => (t < 64 ? l : null)) },
    },
    {
      name: 'quiet-tiles',
      description: 'Every fourth tile is 60 dB lower: its comparisons do not count',
      rules: ['DIG-1'],
      polarity: 'negative',
      input: { levels: speech(7, (t, _, l) => (t % 4 === 0 ? l - 60 : l)) },
    },
    {
      name: 'flat',
      description: 'One level everywhere: nothing is clear',
      rules: ['DIG-1'],
      polarity: 'negative',
      input: { levels: speech(7, () => -20) },
      says: { clear: '00'.repeat(64), epochDigest: 0 },
    },
    {
      name: 'louder',
      description: 'All 12 dB louder: the same digest',
      rules: ['DIG-1'],
      input: { levels: speech(7, (_, __, l) => l + 12) },
      says: { bits: hex(measured(speech(7)).bits) },
    },
  ],
};

const words = measured(speech(7));

const noisy = measured(speech(7, (t, b, l) => l + (((t * 7 + b * 3) % 11) - 5) * 1.6));

const others = measured(speech(8));

const compared = (m: typeof words, clear = hex(m.clear)): object => ({
  bits: hex(m.bits),
  clear,
  signed: hex(words.bits),
});

const few = `${'ff'.repeat(12)}${'00'.repeat(52)}`;

/** The signed bits with `n` of the first bits turned over, all of them compared. */
const turned = (n: number, of = 512): object => ({
  bits: hex(words.bits.map((byte, i) => byte ^ [...Array(8).keys()].reduce((m, k) => (8 * i + k < n ? m | (0x80 >> k) : m), 0))),
  clear: hex(
    Uint8Array.from({ length: 64 }, (_, i) => [...Array(8).keys()].reduce((m, k) => (8 * i + k < of ? m | (0x80 >> k) : m), 0)),
  ),
  signed: hex(words.bits),
});

const compare: Plan = {
  path: 'digest/compare',
  page: '06-digest',
  layer: 'digest',
  operation: 'digest.compare',
  cases: [
    {
      name: 'same-words',
      description: 'The same words without a channel',
      rules: ['DIG-2', 'DIG-3'],
      input: { slots: [compared(words)] },
      says: { errors: 0 },
    },
    {
      name: 'same-words-disturbed',
      description: 'The same words with levels that the channel moved',
      rules: ['DIG-2'],
      input: { slots: [compared(noisy)] },
    },
    {
      name: 'at-the-limit',
      description: '66 of 256 bits differ',
      rules: ['DIG-2'],
      input: { slots: [turned(66, 256)] },
      says: { compared: 256, errors: 66 },
    },
    {
      name: 'over-the-limit',
      description: '67 of 256 bits differ',
      rules: ['DIG-2'],
      input: { slots: [turned(67, 256)] },
      refused: 'digest-undecided',
    },
    {
      name: 'few-at-the-limit',
      description: '15 of 100 bits differ',
      rules: ['DIG-2'],
      input: { slots: [turned(15, 100)] },
      says: { compared: 100, errors: 15 },
    },
    {
      name: 'few-over-the-limit',
      description: '16 of 100 bits differ: too many for so few',
      rules: ['DIG-2'],
      input: { slots: [turned(16, 100)] },
      refused: 'digest-undecided',
    },
    {
      name: 'under-the-mismatch',
      description: '35 of 100 bits differ',
      rules: ['DIG-2'],
      input: { slots: [turned(35, 100)] },
      refused: 'digest-undecided',
    },
    {
      name: 'at-the-mismatch',
      description: '36 of 100 bits differ',
      rules: ['DIG-2'],
      input: { slots: [turned(36, 100)] },
      refused: 'digest-mismatch',
    },
    {
      name: 'too-few',
      description: '96 bits compared, all equal',
      rules: ['DIG-2', 'DIG-3'],
      input: { slots: [compared(words, few)] },
      refused: 'digest-undecided',
    },
    {
      name: 'two-slots-add',
      description: '96 bits in each of two slots',
      rules: ['DIG-2', 'DIG-3'],
      input: { slots: [compared(words, few), compared(words, few)] },
      says: { compared: 192 },
    },
    {
      name: 'nothing-heard',
      description: 'No bit compared',
      rules: ['DIG-2'],
      input: { slots: [compared(words, '00'.repeat(64))] },
      refused: 'digest-undecided',
    },
  ],
};

const prove: Plan = {
  path: 'digest/prove',
  page: '06-digest',
  layer: 'digest',
  operation: 'digest.prove',
  cases: [
    {
      name: 'same-words',
      description: 'The same words without a channel',
      rules: ['DIG-6'],
      input: { slots: [compared(words)] },
      says: { errors: 0 },
    },
    {
      name: 'at-the-limit',
      description: '34 of 256 bits differ: 0.133 and 1.7 / 16 are just less than 0.24',
      rules: ['DIG-6'],
      input: { slots: [turned(34, 256)] },
      says: { compared: 256, errors: 34 },
    },
    {
      name: 'over-the-limit',
      description: '35 of 256 bits differ: a match that proves nothing',
      rules: ['DIG-6'],
      input: { slots: [turned(35, 256)] },
      refused: 'digest-undecided',
    },
    {
      name: 'more-slots-prove-more',
      description: '35 of 256 bits differ in each of two slots: as large a share of twice as many',
      rules: ['DIG-6', 'DIG-3'],
      input: { slots: [turned(35, 256), turned(35, 256)] },
      says: { compared: 512, errors: 70 },
    },
    {
      name: 'too-few',
      description: '96 bits compared, all equal',
      rules: ['DIG-6'],
      input: { slots: [compared(words, few)] },
      refused: 'digest-undecided',
    },
  ],
};

const epoch: Plan = {
  path: 'digest/epoch',
  page: '06-digest',
  layer: 'digest',
  operation: 'digest.epoch',
  common: { signed: 0x2a5f31 },
  cases: [
    { name: 'same', description: 'All 22 bits agree', rules: ['DIG-5'], input: { measured: 0x2a5f31 } },
    { name: 'four-differ', description: 'Four bits differ', rules: ['DIG-5'], input: { measured: 0x2a5f31 ^ 0b1111 } },
    {
      name: 'five-differ',
      description: 'Five bits differ',
      rules: ['DIG-5'],
      input: { measured: 0x2a5f31 ^ 0b11111 },
      refused: 'digest-undecided',
    },
    {
      name: 'eight-differ',
      description: 'Eight bits differ',
      rules: ['DIG-5'],
      input: { measured: 0x2a5f31 ^ 0xff },
      refused: 'digest-mismatch',
    },
  ],
};

const transplant: Plan = {
  path: 'attack/transplant/digest',
  page: '10-security',
  layer: 'digest',
  operation: 'digest.compare',
  cases: [
    {
      name: 'other-words',
      description: 'The sealed bits of one slot laid on other words of the voice',
      rules: ['DIG-2', 'DIG-3'],
      input: { slots: [compared(others)] },
      refused: 'digest-mismatch',
    },
    {
      name: 'one-slot-of-two',
      description: 'The true words in one slot, others in the next: the sum alone would pass',
      rules: ['DIG-4'],
      input: { slots: [compared(words), compared(others)] },
      refused: 'digest-mismatch',
    },
    {
      name: 'its-own-words',
      description: 'The words that were signed',
      rules: ['DIG-4'],
      input: { slots: [compared(words), compared(words)] },
    },
  ],
};

export const digestPlans: readonly Plan[] = [slot, compare, prove, epoch, transplant];
