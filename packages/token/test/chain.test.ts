import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ChainVerifier,
  chainStep,
  createChain,
  disclosureTimeMs,
  hmacSha256,
  sealMask,
  sha256,
  subkey,
  u32,
  verifyKey,
} from '../src/index.ts';
import { flip, seeded, session, T0 } from './fixtures.ts';

const pk = seeded('pk')(32);
const chain = createChain(seeded('seed')(32), 100, pk);
const root = { slot: 0, key: chain.root };

describe('key chain', () => {
  it('hashes every key down to the one before, and to K_0', () => {
    for (let slot = 2; slot <= 100; slot++)
      expect(chainStep(chain.keyForSlot(slot), slot, pk)).toEqual(chain.keyForSlot(slot - 1));
    expect(chainStep(chain.keyForSlot(1), 1, pk)).toEqual(chain.root);
    expect(chainStep(chain.root, 7, pk)).toEqual(sha256('ut1 chain', pk, u32(7), chain.root).slice(0, 12));
  });

  it('verifies a key only for its own slot, session and value', () => {
    const key = chain.keyForSlot(60);
    expect(verifyKey(key, 60, root, pk)).toBe(true);
    expect(verifyKey(key, 60, { slot: 59, key: chain.keyForSlot(59) }, pk)).toBe(true);
    expect(verifyKey(key, 61, root, pk)).toBe(false);
    expect(verifyKey(key, 59, { slot: 60, key }, pk)).toBe(false);
    expect(verifyKey(flip(key, 3), 60, root, pk)).toBe(false);
    expect(verifyKey(key, 60, root, flip(pk, 0))).toBe(false);
    expect(verifyKey(key.slice(1), 60, root, pk)).toBe(false);
    for (const slot of [65536, 1e9, 1.5, Number.NaN, -1]) expect(verifyKey(key, slot, root, pk)).toBe(false);
  });

  it('gives the verifier all keys up to the newest, whatever the order they come in', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 12 }), (slots) => {
        const verifier = new ChainVerifier(chain.root, pk, 100);
        for (const slot of slots) expect(verifier.accept(slot, chain.keyForSlot(slot))).toBe(true);
        const newest = Math.max(...slots);
        expect(verifier.newestSlot).toBe(newest);
        for (let slot = 1; slot <= newest; slot++) expect(verifier.keyForSlot(slot)).toEqual(chain.keyForSlot(slot));
        expect(verifier.keyForSlot(newest + 1)).toBeNull();
        expect(verifier.keyForSlot(0)).toBeNull();
      }),
      { numRuns: 20 },
    );
  });

  it('is not moved by a key that does not fit', () => {
    const verifier = new ChainVerifier(chain.root, pk, 50);
    expect(verifier.accept(10, chain.keyForSlot(10))).toBe(true);
    expect(verifier.accept(12, chain.keyForSlot(13))).toBe(false);
    expect(verifier.accept(9, chain.keyForSlot(8))).toBe(false);
    expect(verifier.accept(51, chain.keyForSlot(51))).toBe(false);
    expect(verifier.accept(20, new Uint8Array(12))).toBe(false);
    expect(verifier.accept(20.5, chain.keyForSlot(20))).toBe(false);
    expect(verifier.newestSlot).toBe(10);
    expect(verifier.keyForSlot(12)).toBeNull();
  });

  it('derives masks and subkeys under their labels', () => {
    const hash = seeded('card')(32);
    const key = chain.keyForSlot(3);
    expect(sealMask(key, hash, 3)).toEqual(subkey(key, 'ut1 seal', hash, 3).slice(0, 8));
    expect(subkey(key, 'x', hash, 1)).toEqual(hmacSha256(key, 'x', hash, u32(1)));
    expect(sealMask(key, hash, 3)).not.toEqual(sealMask(key, hash, 4));
  });

  it.each([0, -1, 1.5, 65536])('has no length %d', (slots) => {
    expect(() => createChain(seeded('s')(32), slots, pk)).toThrow('chain-slot');
  });

  it('has no slot outside, and needs a real seed', () => {
    for (const slot of [0, 101, 1.5]) expect(() => chain.keyForSlot(slot)).toThrow('chain-slot');
    expect(() => createChain(new Uint8Array(8), 5, pk)).toThrow('bad-argument');
  });
});

describe('disclosure', () => {
  it('never happens before D_s', () => {
    const made = session({ durationSeconds: 60, delaySeconds: 3 });
    expect(disclosureTimeMs(made.card, 4)).toBe(T0 + 4 * 2560 + 3000);
    fc.assert(
      fc.property(fc.integer({ min: -5, max: 60 }), fc.integer({ min: -5000, max: 90_000 }), (slot, offset) => {
        const key = made.keyForDisclosure(slot, T0 + offset);
        const due = slot >= 1 && slot <= made.slots && offset >= slot * 2560 + 3000;
        expect(key).toEqual(due ? made.keyForSlot(slot) : null);
        const newest = made.newestDisclosable(T0 + offset);
        if (newest > 0) expect(made.keyForDisclosure(newest, T0 + offset)).not.toBeNull();
        if (newest < made.slots) expect(made.keyForDisclosure(newest + 1, T0 + offset)).toBeNull();
      }),
    );
    expect(made.keyForDisclosure(1, Number.NaN)).toBeNull();
    expect(made.newestDisclosable(Number.NaN)).toBe(0);
  });
});
