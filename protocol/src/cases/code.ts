/** Vectors of the code, of frames out of ratios, and of the order in which frames are sent. */
import { codewordPart, encodeCodeword } from '@undertone/signal';
import { bytesToBits, encodeFrame, type Frame, fromHex, hex, type Lane } from '@undertone/token';
import type { Json } from '../contract.ts';
import type { Case, Plan } from '../generate/builder.ts';
import { CLAIMS, makeSession, SLOTS, secret, sequence, session, T0 } from '../generate/fixture.ts';

const locator = hex(session.locator);
const other = makeSession(undefined, { session: 4 });
const BODY = fromHex('010203040506');
const bytes = (lane: Lane, frame: Frame, of = session): Uint8Array => encodeFrame(frame, lane, of.locator);
const LOC = bytes('open', { type: 0, ctr: 0, body: session.locator });
const CARD = bytes('open', { type: 3, ctr: 6, body: fromHex('0102030405060708090a0b0c') });
const AUTH = bytes('sealed', { type: 1, ctr: 3, body: BODY });

/**
 * Ratios of the first `n` parts of a frame: `strength` towards the bit sent, one in `wrongEvery` turned over, those of part `lost` zero.
 */
function ratios(frame: Uint8Array, n: number, strength: number, wrongEvery = 0, lost = -1): number[][] {
  const codeword = encodeCodeword(bytesToBits(frame));
  const next = sequence(frame[6] + n);
  return Array.from({ length: n }, (_, part) =>
    Array.from(codewordPart(codeword, part), (bit) => {
      const wrong = wrongEvery > 0 && next() < 1 / wrongEvery;
      const towards = bit === (wrong ? 0 : 1) ? strength : -strength;
      return part === lost ? 0 : Math.round(towards * 100) / 100;
    }),
  );
}
const noise = (n: number): number[][] => {
  const next = sequence(77);
  return Array.from({ length: n }, () => Array.from({ length: 32 }, () => Math.round((next() - 0.5) * 60) / 10));
};
const tolerance = { information: 0.05 };

const encode: Plan = {
  path: 'code/encode',
  page: '03-frames',
  layer: 'code',
  operation: 'code.encode',
  cases: [
    { name: 'loc', description: 'The LOC frame of the session', rules: ['FRAME-3'], input: { frame: hex(LOC) } },
    { name: 'card', description: 'A CARD frame: double', rules: ['FRAME-3'], input: { frame: hex(CARD) } },
    { name: 'auth', description: 'An AUTH frame, before masking', rules: ['FRAME-3'], input: { frame: hex(AUTH) } },
    {
      name: 'zeros',
      description: 'Seventy-two zeros',
      rules: ['FRAME-3'],
      input: { frame: '00'.repeat(9) },
      says: { parts: Array(8).fill('00000000') },
    },
    { name: 'first-bit', description: 'Only the first bit is set', rules: ['FRAME-3'], input: { frame: `80${'00'.repeat(8)}` } },
    { name: 'last-bit', description: 'Only the last bit is set', rules: ['FRAME-3'], input: { frame: `${'00'.repeat(8)}01` } },
    {
      name: 'double-zeros',
      description: 'A hundred and twenty zeros',
      rules: ['FRAME-3'],
      input: { frame: '00'.repeat(15) },
      says: { parts: Array(16).fill('00000000') },
    },
    {
      name: 'double-first-bit',
      description: 'Only the first bit of a double frame is set',
      rules: ['FRAME-3'],
      input: { frame: `80${'00'.repeat(14)}` },
    },
    {
      name: 'double-last-bit',
      description: 'Only the last bit of a double frame is set',
      rules: ['FRAME-3'],
      input: { frame: `${'00'.repeat(14)}01` },
    },
  ],
};

const single: Json = { frame: 'single', lane: 'sealed' };
const double: Json = { frame: 'double', lane: 'open' };
/** What holds for either kind, with as much for each coded bit as its frame needs. */
const ofEither = (
  prefix: string,
  of: Json,
  frame: Uint8Array,
  half: number,
  weak: number,
  [any, expected]: readonly [number, number],
): Case[] => [
  {
    name: `${prefix}clear`,
    description: 'The first half of the codeword, every ratio clear',
    rules: ['FRAME-2'],
    input: { ...of, parts: ratios(frame, half, 6) },
    tolerance,
  },
  {
    name: `${prefix}some-wrong`,
    description: 'All parts, one bit in sixteen wrong',
    rules: ['FRAME-2'],
    input: { ...of, parts: ratios(frame, 2 * half, 2, 16) },
    tolerance,
  },
  {
    name: `${prefix}long`,
    description: 'Half as many weak parts again: the first ones come twice and add up',
    rules: ['FRAME-2'],
    input: { ...of, parts: ratios(frame, 3 * half, 1, 10) },
    tolerance,
  },
  {
    name: `${prefix}part-lost`,
    description: 'Half as many parts again as the first half of the codeword, the second was silence',
    rules: ['FRAME-2'],
    input: { ...of, parts: ratios(frame, 1.5 * half, 4, 0, 1) },
    tolerance,
  },
  {
    name: `${prefix}weak`,
    description: `Every bit right, and too little to believe it: less than ${any} bits in all`,
    rules: ['FRAME-2'],
    input: { ...of, parts: ratios(frame, half, weak) },
    refused: 'frame-too-weak',
  },
  {
    name: `${prefix}expected`,
    description: `The same, decoded with its first byte, which was expected: ${expected} bits are enough`,
    rules: ['FRAME-2'],
    input: { ...of, parts: ratios(frame, half, weak), first: frame[0] },
    tolerance,
  },
  {
    name: `${prefix}other-expected`,
    description: 'Decoded with the first byte of another frame',
    rules: ['FRAME-2'],
    input: { ...of, parts: ratios(frame, half, weak), first: frame[0] + 1 },
    refused: 'frame-ignored',
  },
  {
    name: `${prefix}noise`,
    description: 'Ratios of nothing',
    rules: ['FRAME-2'],
    input: { ...of, parts: noise(2 * half) },
    refused: 'frame-ignored',
  },
];

const read: Plan = {
  path: 'code/read',
  page: '03-frames',
  layer: 'code',
  operation: 'code.read',
  common: { locator },
  cases: [
    ...ofEither('', single, AUTH, 4, 1, [72, 64]),
    ...ofEither('double-', double, CARD, 8, 0.77, [120, 112]),
    {
      name: 'loc',
      description: 'A locator before any is known',
      rules: ['FRAME-2'],
      input: { frame: 'single', lane: 'open', parts: ratios(LOC, 12, 1, 10), locator: null },
      tolerance,
    },
    {
      name: 'double-fewest-parts',
      description: 'A double frame of six parts',
      rules: ['FRAME-2', 'FRAME-3'],
      input: { ...double, parts: ratios(CARD, 6, 4, 32) },
      tolerance,
    },
    {
      name: 'double-one-part-more',
      description: 'Nine parts of a double frame: what came of the second half is told first',
      rules: ['FRAME-2', 'FRAME-3'],
      input: { ...double, parts: ratios(CARD, 9, 2, 16) },
      tolerance,
    },
    {
      name: 'double-most-parts',
      description: 'Thirty-two very weak parts of a double frame: all come twice',
      rules: ['FRAME-2', 'FRAME-3'],
      input: { ...double, parts: ratios(CARD, 32, 0.8, 5) },
      tolerance,
    },
    {
      name: 'single-read-as-double',
      description: 'Eight clear parts of a single frame, read as if it were a double one',
      rules: ['FRAME-1'],
      input: { ...double, parts: ratios(LOC, 8, 6) },
      refused: 'frame-ignored',
    },
    {
      name: 'double-read-as-single',
      description: 'Eight clear parts of a double frame, read as if it were a single one',
      rules: ['FRAME-1'],
      input: { ...single, lane: 'open', parts: ratios(CARD, 8, 6) },
      refused: 'frame-ignored',
    },
    {
      name: 'silence',
      description: 'Nothing was heard',
      rules: ['FRAME-2'],
      input: { ...single, parts: noise(4).map((part) => part.map(() => 0)) },
      refused: 'frame-ignored',
    },
    {
      name: 'of-another-session',
      description: 'A clear frame of another session',
      rules: ['FRAME-1'],
      input: { ...single, parts: ratios(bytes('sealed', { type: 1, ctr: 3, body: BODY }, other), 4, 6) },
      refused: 'frame-ignored',
    },
    {
      name: 'other-lane',
      description: 'A clear frame of the sealed lane in the open one',
      rules: ['FRAME-1'],
      input: { ...single, lane: 'open', parts: ratios(AUTH, 4, 6) },
      refused: 'frame-ignored',
    },
  ],
};

const turns = (n: number, change: (i: number) => Json = () => ({})): Json => ({
  turns: Array.from({ length: n }, (_, i) => ({ part: 6 * i, carried: true, ...change(i) })),
});
const nonce = (value: number): string => value.toString(16).padStart(2, '0').repeat(16);
const schedule: Plan = {
  path: 'frame/schedule',
  page: '03-frames',
  layer: 'frame',
  operation: 'schedule.run',
  common: {
    issuerSecret: hex(secret(1)),
    sessionSecret: hex(secret(2)),
    chainSeed: hex(secret(3)),
    claims: { ...CLAIMS },
    t0Ms: T0,
    slots: SLOTS,
    lane: 'open',
  },
  cases: [
    { name: 'open-first-turns', description: 'Locator, then the card', rules: ['FRAME-4'], input: turns(14) },
    { name: 'open-with-keys', description: 'The card was carried: keys are due', rules: ['FRAME-4'], input: turns(44) },
    {
      name: 'open-not-carried',
      description: 'The third frame was not carried: its symbols are sent again at the next turn of their kind',
      rules: ['FRAME-6'],
      input: turns(8, (i) => ({ carried: i !== 2 })),
    },
    {
      name: 'sealed-auth',
      description: 'Epochs 1 and 2 end before turns 2 and 5',
      rules: ['FRAME-5'],
      input: {
        lane: 'sealed',
        ...turns(7, (i) =>
          i === 2
            ? { epoch: 1, state: 'full', digest: 0x155555 }
            : i === 5
              ? { epoch: 2, state: 'interrupted', digest: 0x2aaaaa }
              : {},
        ),
      },
    },
    {
      name: 'sealed-challenges',
      description:
        'Three nonces before turn 1, an epoch that ends before each of turns 2 and 3: answers, and between two of them a symbol',
      rules: ['FRAME-5', 'CHAL-2'],
      input: {
        lane: 'sealed',
        ...turns(9, (i) => ({
          ...(i === 1 ? { nonces: [nonce(1), nonce(2), nonce(3)] } : {}),
          ...(i === 2 || i === 3 ? { epoch: i - 1, state: 'full', digest: i } : {}),
        })),
      },
    },
    {
      name: 'sealed-challenge-not-carried',
      description: 'An answer that was not carried is sent again, twice at most',
      rules: ['CHAL-2'],
      input: { lane: 'sealed', ...turns(8, (i) => (i === 0 ? { nonces: [nonce(1)] } : { carried: false })) },
    },
    {
      name: 'sealed-heard',
      description: 'Slots are heard all the time: told once an epoch',
      rules: ['FRAME-5', 'DUPX-2'],
      input: { lane: 'sealed', ...turns(8, (i) => (i === 0 ? {} : { heard: { slot: 3 * i, digest: 0x10000 * i } })) },
    },
    {
      name: 'sealed-heard-long-ago',
      description: 'The counter of slot 3 would mean slot 35: not told',
      rules: ['DUPX-2'],
      polarity: 'negative',
      input: { lane: 'sealed', turns: [{ part: 72, carried: true, heard: { slot: 3, digest: 7 } }] },
    },
    {
      name: 'too-many-nonces',
      description: 'Eight wait, a ninth is refused',
      rules: ['CHAL-2'],
      input: { lane: 'sealed', turns: [{ part: 0, carried: true, nonces: Array.from({ length: 9 }, (_, i) => nonce(i)) }] },
      refused: 'challenge-busy',
    },
    {
      name: 'beyond-the-card',
      description: 'A part after the last slot',
      rules: ['FRAME-4'],
      input: { turns: [{ part: 2 * SLOTS, carried: true }] },
      refused: 'chain-slot',
    },
  ] satisfies Case[],
};

export const codePlans: readonly Plan[] = [encode, read, schedule];
