/** Vectors of digests, matching and states. */
import { slotDigest } from '@undertone/signal';
import { digestSelection, hex, maskSealedBits, type SpanEvent, type SpanState } from '@undertone/token';
import type { Json } from '../contract.ts';
import type { Case, Plan } from './builder.ts';
import { sequence, session } from './fixture.ts';

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
      says: { confident: '00'.repeat(64), epochDigest: 0 },
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
const compared = (m: typeof words, confident = hex(m.confident)): object => ({
  bits: hex(m.bits),
  confident,
  signed: hex(words.bits),
});
const few = `${'ff'.repeat(12)}${'00'.repeat(52)}`;
/** The signed bits with `n` of the first bits turned over, all of them compared. */
const turned = (n: number, of = 512): object => ({
  bits: hex(words.bits.map((byte, i) => byte ^ [...Array(8).keys()].reduce((m, k) => (8 * i + k < n ? m | (0x80 >> k) : m), 0))),
  confident: hex(
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
      description: '26 of 100 bits differ',
      rules: ['DIG-2'],
      input: { slots: [turned(26, 100)] },
      says: { compared: 100, errors: 26 },
    },
    {
      name: 'over-the-limit',
      description: '27 of 100 bits differ',
      rules: ['DIG-2'],
      input: { slots: [turned(27, 100)] },
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

const run = (
  name: string,
  description: string,
  rules: string[],
  polarity: 'positive' | 'negative',
  events: SpanEvent[],
  last: SpanState,
): Case => ({
  name,
  description,
  rules,
  polarity,
  input: { events },
  says: { verified: last === 'live' || last === 'attested' },
});

const states: Plan = {
  path: 'state/run',
  page: '09-verifier-states',
  layer: 'state',
  operation: 'state.run',
  cases: [
    run('claimed', 'A locator was read: a claim, not verified', ['VER-7'], 'negative', ['locator'], 'claimed'),
    run('live', 'Proven during the call', ['VER-3', 'VER-7'], 'positive', ['locator', 'proven-live'], 'live'),
    run('live-at-once', 'The card was known from signalling', ['VER-3'], 'positive', ['proven-live'], 'live'),
    run('attested', 'Proven from a recording', ['VER-4', 'VER-7'], 'positive', ['locator', 'proven-offline'], 'attested'),
    run(
      'recording-never-live',
      'A recording never becomes live',
      ['VER-3'],
      'negative',
      ['proven-offline', 'proven-live'],
      'attested',
    ),
    run('words-undecided', 'Bits pass and the words are undecided', ['VER-5'], 'negative', ['locator', 'undecided'], 'claimed'),
    run('words-differ', 'Bits pass and the words are others', ['VER-5'], 'negative', ['locator', 'digest-mismatch'], 'conflict'),
    run(
      'words-differ-while-live',
      'The mark goes on over other words',
      ['VER-5'],
      'negative',
      ['proven-live', 'digest-mismatch'],
      'conflict',
    ),
    run(
      'words-differ-in-a-recording',
      'A recording whose words are others stays in conflict',
      ['VER-5', 'VER-4'],
      'negative',
      ['proven-offline', 'digest-mismatch', 'proven-offline'],
      'conflict',
    ),
    run(
      'words-agree-again',
      'Fresh proof leaves the conflict',
      ['VER-5'],
      'positive',
      ['proven-live', 'digest-mismatch', 'proven-live'],
      'live',
    ),
    run('silence', 'Silence of less than 30 s', ['VER-6'], 'positive', ['proven-live', 'silence', 'silence'], 'live'),
    run('silence-timeout', '30 s without proof', ['VER-6'], 'negative', ['proven-live', 'silence', 'silence-timeout'], 'stale'),
    run(
      'proven-again',
      'Proof after the silence begins a new span',
      ['VER-6'],
      'positive',
      ['proven-live', 'silence-timeout', 'proven-live'],
      'live',
    ),
    run(
      'stale-stays',
      'A locator does not renew what is stale',
      ['VER-6'],
      'negative',
      ['proven-live', 'silence-timeout', 'locator', 'undecided'],
      'stale',
    ),
    run(
      'taken-over',
      'Speech that the mark does not explain',
      ['VER-2'],
      'negative',
      ['proven-live', 'unexplained-speech'],
      'stale',
    ),
    run('wrong-key', 'A disclosed key does not hash down', ['VER-3'], 'negative', ['locator', 'key-mismatch'], 'conflict'),
    run('tags-fail', 'Two of four tags fail', ['AUTH-3'], 'negative', ['locator', 'tags-failed'], 'conflict'),
    run('channel-lost', 'No record came for what was said', ['VER-11'], 'negative', ['proven-live', 'channel-lost'], 'stale'),
    run(
      'channel-back',
      'The channel is back, and fresh proof with it',
      ['VER-11'],
      'positive',
      ['proven-live', 'channel-lost', 'proven-live'],
      'live',
    ),
    run('ended', 'The last slot of the card is over', ['VER-11'], 'negative', ['proven-live', 'ended', 'silence'], 'stale'),
    run('equivocation', 'Two signed records of one slot', ['REC-3'], 'negative', ['proven-live', 'equivocation'], 'conflict'),
    run('revoked', 'The status says revoked', ['VER-10'], 'negative', ['proven-live', 'revoked'], 'revoked'),
    run(
      'revoked-is-final',
      'Nothing leads back',
      ['VER-10'],
      'negative',
      ['revoked', 'proven-live', 'proven-offline', 'locator'],
      'revoked',
    ),
    run(
      'not-revoked',
      'Without a revocation proof stands',
      ['VER-10'],
      'positive',
      ['proven-live', 'silence', 'proven-live'],
      'live',
    ),
    run(
      'absent',
      'Nothing was heard: nothing is proven',
      ['VER-7'],
      'negative',
      ['silence', 'silence-timeout', 'unexplained-speech'],
      'absent',
    ),
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

export const matchPlans: readonly Plan[] = [slot, compare, epoch, information, decide, follow, states, transplant, splice];
