/** Vectors of AUTH bodies and what tags are worth. */
import { encodeAuth, hex } from '@undertone/token';
import type { Case, Plan } from '../generate/builder.ts';
import { flip, otherSession, session } from '../generate/fixture.ts';

const { cardHash } = session;

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
      input: { cardHash: hex(otherSession.cardHash) },
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
      name: 'other-words',
      description: 'Two tags hold, and the digest of one epoch is not that of what was heard',
      rules: ['AUTH-2', 'VER-12'],
      input: { tags: [tag(1), { ...tag(2), words: 'mismatch' }] },
      refused: 'tags-too-few',
    },
    {
      name: 'not-heard-whole',
      description: 'Two tags hold, and one epoch was not heard whole: a third is needed',
      rules: ['AUTH-2', 'VER-12'],
      input: { tags: [tag(1), { ...tag(2), words: 'undecided' }, tag(3)] },
      says: { bits: 48 },
    },
    {
      name: 'failures-then-good',
      description: 'Two of four fail, and four good ones follow: it was a contradiction all the same',
      rules: ['AUTH-3'],
      input: { tags: [tag(1, false), tag(2), tag(3, false), tag(4), tag(5), tag(6), tag(7)] },
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

export const authPlans: readonly Plan[] = [authVerify, authCount];
