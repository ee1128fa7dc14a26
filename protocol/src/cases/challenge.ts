/** Vectors of CHAL and DUPX. */
import { challengeAnswer, encodeHeard, hex } from '@undertone/token';
import type { Plan } from '../generate/builder.ts';
import { flip, session } from '../generate/fixture.ts';

const nonce = '00112233445566778899aabbccddeeff';

const nonceBytes = Uint8Array.from(nonce.match(/../g)!, (h) => Number.parseInt(h, 16));

const key20 = session.keyForSlot(20);

const answered = hex(challengeAnswer(key20, session.cardHash, 20, nonceBytes));

const secretInputs = { key: hex(key20), cardHash: hex(session.cardHash), slot: 20 };

const heard = (digest: number, ...sent: number[]): object => ({ heard: digest, sent });

const challenge: readonly Plan[] = [
  {
    path: 'frame/challenge-answer',
    page: '03-frames',
    layer: 'frame',
    operation: 'challenge.answer',
    common: { ...secretInputs, nonce },
    cases: [
      { name: 'sixteen-bytes', description: 'A nonce of 16 bytes', rules: ['CHAL-1'], says: { body: answered } },
      {
        name: 'too-short',
        description: 'A nonce of 7 bytes could be guessed',
        rules: ['CHAL-1'],
        input: { nonce: nonce.slice(0, 14) },
        refused: 'bad-argument',
      },
    ],
  },
  {
    path: 'frame/challenge',
    page: '03-frames',
    layer: 'frame',
    operation: 'challenge.verify',
    common: { ...secretInputs, nonce, body: answered },
    cases: [
      { name: 'answered', description: 'The answer to this nonce', rules: ['CHAL-1'] },
      {
        name: 'other-nonce',
        description: 'The answer to another nonce',
        rules: ['CHAL-1'],
        input: { nonce: flip(nonce, 0) },
        refused: 'challenge-mismatch',
      },
      {
        name: 'other-slot',
        description: 'The answer of another slot',
        rules: ['CHAL-1'],
        input: { slot: 21 },
        refused: 'challenge-mismatch',
      },
    ],
  },
  {
    path: 'frame/heard-make',
    page: '03-frames',
    layer: 'frame',
    operation: 'heard.make',
    common: { ...secretInputs, heardSlot: 17, heardKey: hex(session.keyForSlot(17)), digest: 0xabcdef },
    cases: [{ name: 'slot-17', description: 'What was heard in slot 17, sent in slot 20', rules: ['DUPX-1'] }],
  },
  {
    path: 'frame/heard',
    page: '03-frames',
    layer: 'frame',
    operation: 'heard.verify',
    common: { ...secretInputs, heardSlot: 17, body: hex(encodeHeard(key20, session.cardHash, 20, 17, 0xabcdef)) },
    cases: [
      { name: 'as-sent', description: 'What was heard in slot 17', rules: ['DUPX-1'], says: { digest: 0xabcdef } },
      {
        name: 'other-slot-heard',
        description: 'The same for slot 49, which has the same counter',
        rules: ['DUPX-1'],
        input: { heardSlot: 49 },
        refused: 'tag-mismatch',
      },
      {
        name: 'digest-changed',
        description: 'One bit of the digest',
        rules: ['DUPX-1'],
        input: { body: flip(encodeHeard(key20, session.cardHash, 20, 17, 0xabcdef), 1) },
        refused: 'tag-mismatch',
      },
    ],
  },
  {
    path: 'frame/heard-count',
    page: '03-frames',
    layer: 'match',
    operation: 'heard.count',
    cases: [
      {
        name: 'two-slots',
        description: 'Two slots, three delays, one bit wrong at the second of them',
        rules: ['DUPX-3'],
        input: { slots: [heard(0xabcdef, 0x123456, 0xabcdef, 0x654321), heard(0x0f0f0f, 0x555555, 0x0f0f0e, 0xaaaaaa)] },
        says: { delay: 1 },
        tolerance: { bits: 1e-6 },
      },
      {
        name: 'exact-at-one-delay',
        description: 'One slot, one delay, every bit: 24 bits',
        rules: ['DUPX-3'],
        input: { slots: [heard(0xabcdef, 0xabcdef)] },
        says: { bits: 24, delay: 0 },
      },
      {
        name: 'exact-at-two-delays',
        description: 'The same with two delays tried: 23 bits are too few',
        rules: ['DUPX-3'],
        input: { slots: [heard(0xabcdef, 0xabcdef, 0x123456)] },
        refused: 'two-way-undecided',
      },
      {
        name: 'other-delays',
        description: 'Each slot fits, at a delay of its own',
        rules: ['DUPX-3'],
        input: { slots: [heard(0xabcdef, 0xabcdef, 0x5432ff), heard(0x0f0f0f, 0xf0f0a0, 0x0f0f0f)] },
        refused: 'two-way-undecided',
      },
    ],
  },
];

export const challengePlans: readonly Plan[] = [...challenge];
