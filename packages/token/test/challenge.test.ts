import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  challengeAnswer,
  decodeFrame,
  digestSelection,
  encodeFrame,
  encodeHeard,
  FrameType,
  heardBits,
  heardErrors,
  heardSelection,
  resolveHeardCounter,
  verifyChallenge,
  verifyHeard,
} from '../src/index.ts';
import { flip, seeded, session } from './fixtures.ts';

const made = session();
const other = session({ random: seeded('other session') });
const { cardHash } = made;
const key = made.keyForSlot(9);
const nonce = seeded('nonce')(16);

describe('CHAL', () => {
  const answer = challengeAnswer(key, cardHash, 9, nonce);

  it('answers one nonce, in one slot of one session', () => {
    expect(verifyChallenge(answer, key, cardHash, 9, nonce)).toBe(true);
    expect(verifyChallenge(answer, key, cardHash, 9, flip(nonce, 0))).toBe(false);
    expect(verifyChallenge(answer, key, cardHash, 10, nonce)).toBe(false);
    expect(verifyChallenge(answer, made.keyForSlot(10), cardHash, 9, nonce)).toBe(false);
    expect(verifyChallenge(answer, key, other.cardHash, 9, nonce)).toBe(false);
    for (let at = 0; at < 6; at++) expect(verifyChallenge(flip(answer, at), key, cardHash, 9, nonce)).toBe(false);
    expect(verifyChallenge(answer.slice(1), key, cardHash, 9, nonce)).toBe(false);
  });

  it('goes in the sealed lane only', () => {
    const frame = { type: FrameType.CHAL, ctr: 3, body: answer };
    const bytes = encodeFrame(frame, 'sealed', made.locator);
    expect(decodeFrame(bytes, 'sealed', made.locator)).toEqual(frame);
    expect(decodeFrame(bytes, 'open', made.locator)).toBeNull();
    expect(() => encodeFrame(frame, 'open', made.locator)).toThrow('frame-bad-field');
  });

  it('takes nonces of 8 to 64 bytes', () => {
    for (const size of [0, 7, 65]) expect(() => challengeAnswer(key, cardHash, 9, new Uint8Array(size))).toThrow('bad-argument');
  });
});

describe('DUPX', () => {
  it('gives back what was heard, in one slot of one session', () => {
    fc.assert(
      fc.property(fc.nat(0xffffff), (digest) => {
        const body = encodeHeard(key, cardHash, 9, 5, digest);
        expect(verifyHeard(body, key, cardHash, 9, 5)).toBe(digest);
        expect(verifyHeard(body, key, cardHash, 9, 6)).toBeNull();
        expect(verifyHeard(body, key, other.cardHash, 9, 5)).toBeNull();
        for (let at = 0; at < 6; at++) expect(verifyHeard(flip(body, at), key, cardHash, 9, 5)).toBeNull();
      }),
      { numRuns: 20 },
    );
    expect(() => encodeHeard(key, cardHash, 9, 5, 2 ** 24)).toThrow('bad-argument');
    expect(verifyHeard(new Uint8Array(5), key, cardHash, 9, 5)).toBeNull();
  });

  it('means the newest slot before the frame that fits its counter', () => {
    expect(resolveHeardCounter(5, 9)).toBe(5);
    expect(resolveHeardCounter(9, 9)).toBeNull();
    expect(resolveHeardCounter(9, 50)).toBe(41);
  });

  it('looks at the caller with other comparisons than at the agent', () => {
    expect(heardSelection(key, cardHash, 9)).toHaveLength(512);
    expect(heardSelection(key, cardHash, 9)).not.toEqual(digestSelection(key, cardHash, 9));
  });

  it('is worth less for every error and every delay tried, and nothing by chance', () => {
    expect(heardErrors(0xabcdef, 0xabcdee)).toBe(1);
    expect(heardBits(0, 1, 1)).toBeCloseTo(24);
    expect(heardBits(1, 1, 1)).toBeCloseTo(24 - Math.log2(25));
    expect(heardBits(0, 1, 64)).toBeCloseTo(18);
    expect(heardBits(0, 2, 1)).toBeCloseTo(48);
    expect(heardBits(12, 1, 1)).toBeLessThan(1);
    expect(heardBits(24, 1, 1)).toBe(0);
    // Of random pairs, no more than 2^-b reach b bits, with room for the luck of 10,000 draws.
    const random = seeded('pairs')(60_000);
    let sum = 0;
    for (let i = 0; i < 10_000; i++) {
      const at = 6 * i;
      const word = (o: number) => (random[at + o] << 16) | (random[at + o + 1] << 8) | random[at + o + 2];
      if (heardBits(heardErrors(word(0), word(3)), 1, 1) >= 8) sum++;
    }
    expect(sum / 10_000).toBeLessThan(2 ** -8 * 1.5);
    expect(() => heardBits(0, 1, 0)).toThrow('bad-argument');
  });
});
