import { hex, maskSealedBits } from '@undertone/token';
import type { Json } from '../contract.ts';
import type { Plan } from '../generate/builder.ts';
import { sequence, session } from '../generate/fixture.ts';

const { cardHash } = session;

const key1 = session.keyForSlot(1);

const next = sequence(11);

const sealedBits = Uint8Array.from({ length: 8 }, () => Math.floor(next() * 256));

const coded = maskSealedBits(sealedBits, key1, cardHash, 1);

const bitOf = (i: number): number => (coded[i >> 3] >> (7 - (i & 7))) & 1;

const ratio = (i: number, agreement: number): number => (bitOf(i) ? agreement : -agreement);

const ratios = (of: (i: number) => number): number[] => Array.from({ length: 64 }, (_, i) => Math.round(of(i) * 10) / 10);

const tolerance = { bits: 1e-3, perFrame: 1e-3 };

const information: Plan = {
  path: 'match/information',
  page: '09-verifier-states',
  layer: 'match',
  operation: 'match.information',
  common: { sealedBits: hex(sealedBits), key: hex(key1), cardHash: hex(cardHash), slot: 1, sentMap: 0xffffffff },
  cases: [
    {
      name: 'clear',
      description: 'Every ratio says the bit that was sent',
      rules: ['MATCH-1'],
      input: { ratios: ratios((i) => ratio(i, 3)) },
      tolerance,
    },
    {
      name: 'mixed',
      description: 'Ratios of a poor channel',
      rules: ['MATCH-1'],
      input: { ratios: ratios((i) => ratio(i, ((i * 37) % 17) / 4 - 1)) },
      tolerance,
    },
    {
      name: 'half-sent',
      description: 'Only the first 16 model frames were sent',
      rules: ['MATCH-2'],
      input: { ratios: ratios((i) => ratio(i, 3)), sentMap: 0xffff0000 },
      tolerance,
    },
    {
      name: 'last-frame-only',
      description: 'Only the last model frame was sent',
      rules: ['MATCH-2'],
      input: { ratios: ratios((i) => ratio(i, 3)), sentMap: 1 },
      tolerance,
    },
    {
      name: 'nothing-sent',
      description: 'No frame was sent: nothing counts',
      rules: ['MATCH-2'],
      polarity: 'negative',
      input: { ratios: ratios((i) => ratio(i, 6)), sentMap: 0 },
      says: { bits: 0 },
      tolerance,
    },
    {
      name: 'nothing-heard',
      description: 'All ratios are zero',
      rules: ['MATCH-1'],
      polarity: 'negative',
      input: { ratios: ratios(() => 0) },
      says: { bits: 0 },
      tolerance,
    },
    {
      name: 'too-loud',
      description: 'Ratios of 40 count as 6',
      rules: ['SIG-6'],
      polarity: 'negative',
      input: { ratios: ratios((i) => ratio(i, 40)) },
      tolerance,
    },
    {
      name: 'contrary',
      description: 'Every ratio says the other bit',
      rules: ['MATCH-1'],
      polarity: 'negative',
      input: { ratios: ratios((i) => ratio(i, -3)) },
      tolerance,
    },
    {
      name: 'other-slot',
      description: 'The mask of slot 2: no better than chance',
      rules: ['MATCH-1'],
      polarity: 'negative',
      input: { ratios: ratios((i) => ratio(i, 3)), slot: 2, key: hex(session.keyForSlot(2)) },
      tolerance,
    },
  ],
};

const decide: Plan = {
  path: 'match/decide',
  page: '09-verifier-states',
  layer: 'match',
  operation: 'match.decide',
  cases: [
    { name: 'enough', description: '48 bits, one candidate', rules: ['VER-1'], input: { bits: 48, candidates: 1 } },
    { name: 'enough-for-256', description: '48 bits, 256 candidates', rules: ['VER-1'], input: { bits: 48, candidates: 256 } },
    {
      name: 'enough-for-1024',
      description: '50 bits, 1024 candidates',
      rules: ['VER-1'],
      input: { bits: 50, candidates: 1024 },
      says: { required: 50 },
    },
    {
      name: 'too-weak',
      description: '47.9 bits',
      rules: ['VER-1'],
      input: { bits: 47.9, candidates: 1 },
      refused: 'match-too-weak',
    },
    {
      name: 'too-many-candidates',
      description: '48 bits, 257 candidates',
      rules: ['VER-1'],
      input: { bits: 48, candidates: 257 },
      refused: 'match-too-weak',
    },
    {
      name: 'million-candidates',
      description: '59.9 bits, 2²⁰ candidates',
      rules: ['VER-1'],
      input: { bits: 59.9, candidates: 1048576 },
      refused: 'match-too-weak',
    },
  ],
};

const heard = (...slots: [number, number][]): Json => ({ slots: slots.map(([speechMs, bits]) => ({ speechMs, bits })) });

const follow: Plan = {
  path: 'match/follow',
  page: '09-verifier-states',
  layer: 'match',
  operation: 'match.follow',
  cases: [
    {
      name: 'explained',
      description: 'Speech that the mark explains',
      rules: ['VER-2'],
      input: heard([2000, 40], [1500, 20], [2500, 4]),
    },
    {
      name: 'one-slot-unexplained',
      description: 'One slot is not explained',
      rules: ['VER-2'],
      input: heard([2000, 40], [2000, 1], [2000, 30], [2000, 1]),
    },
    {
      name: 'silence',
      description: 'Silence ends nothing',
      rules: ['VER-2'],
      input: heard([2000, 40], [0, 0], [200, 0], [999, 1]),
    },
    {
      name: 'taken-over',
      description: 'Another voice speaks on for two slots',
      rules: ['VER-2'],
      input: heard([2000, 40], [2000, 0.5], [2400, -1]),
      refused: 'unexplained-speech',
    },
    {
      name: 'taken-over-with-a-pause',
      description: 'A pause between the two slots does not clear the first',
      rules: ['VER-2'],
      input: heard([2000, 40], [2000, 0.5], [0, 0], [1000, 3.9]),
      refused: 'unexplained-speech',
    },
  ],
};

/** A slot whose model frames have these bits of W, over and over. */
const frames = (...bits: number[]): number[] => Array.from({ length: 32 }, (_, i) => bits[i % bits.length]);
const pieces = frames(...Array(8).fill(1.25), ...Array(8).fill(-0.75));

const fall: Plan = {
  path: 'match/fall',
  page: '09-verifier-states',
  layer: 'match',
  operation: 'match.fall',
  cases: [
    {
      name: 'marked',
      description: 'The mark throughout',
      rules: ['VER-13'],
      input: { slots: [frames(1), frames(1)] },
      says: { throughout: true },
    },
    {
      name: 'one-hole',
      description: 'One fall of 10 bits in a slot that is marked otherwise',
      rules: ['VER-13'],
      input: { slots: [frames(1), frames(1).map((w, i) => (i === 7 ? -10 : w))] },
      says: { throughout: false },
    },
    {
      name: 'two-holes-of-four-seconds-ago',
      description: 'Falls of 6 bits in every other slot: what they exceed 4 is forgotten at 1 bit a slot',
      rules: ['VER-13'],
      input: { slots: [0, 1, 2, 3, 4, 5].map((s) => frames(1).map((w, i) => (s % 2 === 0 && i === 7 ? -6 : w))) },
      says: { throughout: true },
    },
    {
      name: 'gone',
      description: 'The mark is gone for a slot: one fall of more than 20 bits',
      rules: ['VER-13'],
      input: { slots: [frames(1), frames(-0.75)] },
      refused: 'unexplained-speech',
    },
    {
      name: 'every-other-piece',
      description: 'Every other 0.64 s is somebody else’s: W is 8 bits a slot all the same, in falls of 6 bits',
      rules: ['VER-13'],
      input: { slots: [pieces, pieces, pieces] },
      refused: 'unexplained-speech',
    },
    {
      name: 'two-slots-of-pieces',
      description: 'The same for two slots: a proof would stand, a match would not be proven',
      rules: ['VER-13'],
      input: { slots: [pieces, pieces] },
      says: { throughout: false },
    },
  ],
};

const splice: Plan = {
  path: 'attack/splice/match',
  page: '10-security',
  layer: 'match',
  operation: 'match.information',
  common: { sealedBits: hex(sealedBits), key: hex(key1), cardHash: hex(cardHash), slot: 1, sentMap: 0xffffffff },
  cases: [
    {
      name: 'half-a-slot-replaced',
      description: 'The second half of the slot is unmarked: its frames count nothing',
      rules: ['MATCH-1'],
      polarity: 'negative',
      input: { ratios: ratios((i) => (i < 32 ? ratio(i, 4) : 0)) },
      tolerance,
    },
    {
      name: 'shifted-by-one-frame',
      description: 'The sound was cut by one model frame: the bits of the slot no longer fit',
      rules: ['MATCH-1'],
      polarity: 'negative',
      input: { ratios: ratios((i) => ratio((i + 2) % 64, 4)) },
      tolerance,
    },
  ],
};

export const matchPlans: readonly Plan[] = [information, decide, follow, fall, splice];
