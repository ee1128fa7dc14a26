import { createPrivateKey, createPublicKey, sign as platformSign } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ed25519PublicKey, ed25519Sign, ed25519Verify, isEd25519PublicKey } from '../src/crypto.ts';

const bytes = (n: number) => fc.uint8Array({ minLength: n, maxLength: n });
const message = fc.uint8Array({ maxLength: 200 });
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');
const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;

/** The points of order 1, 2, 4 and 8, then encodings of points that are not the canonical ones. */
const REFUSED = [
  '0100000000000000000000000000000000000000000000000000000000000000',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0000000000000000000000000000000000000000000000000000000000000080',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
  '0100000000000000000000000000000000000000000000000000000000000080',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
].map((hex) => Uint8Array.from(Buffer.from(hex, 'hex')));

const scalar = (n: bigint): Uint8Array => Uint8Array.from({ length: 32 }, (_, i) => Number((n >> BigInt(8 * i)) & 255n));
const number = (le: Uint8Array): bigint => le.reduceRight((n, b) => n * 256n + BigInt(b), 0n);

describe('Ed25519', () => {
  it("gives the platform's keys and signatures", () => {
    fc.assert(
      fc.property(bytes(32), message, (secret, m) => {
        const key = createPrivateKey({ key: Buffer.concat([PKCS8, secret]), format: 'der', type: 'pkcs8' });
        const { x } = createPublicKey(key).export({ format: 'jwk' });
        expect(Buffer.from(ed25519PublicKey(secret)).toString('base64url')).toBe(x);
        expect(ed25519Sign(m, secret)).toEqual(Uint8Array.from(platformSign(null, m, key)));
      }),
      { numRuns: 20 },
    );
  });
  it('verifies what was signed, and nothing with a bit changed', () => {
    fc.assert(
      fc.property(bytes(32), message, fc.nat(511), (secret, m, bit) => {
        const publicKey = ed25519PublicKey(secret);
        const signature = ed25519Sign(m, secret);
        expect(ed25519Verify(signature, m, publicKey)).toBe(true);
        expect(isEd25519PublicKey(publicKey)).toBe(true);
        signature[bit >> 3] ^= 1 << (bit & 7);
        expect(ed25519Verify(signature, m, publicKey)).toBe(false);
      }),
      { numRuns: 20 },
    );
  });
  it('refuses keys of small order and encodings that are not canonical', () => {
    for (const key of REFUSED) {
      expect(isEd25519PublicKey(key)).toBe(false);
      for (const r of REFUSED)
        for (const s of [0n, 1n, ORDER - 1n]) expect(ed25519Verify(Uint8Array.of(...r, ...scalar(s)), key, key)).toBe(false);
    }
  });
  it('refuses a second form of the same signature', () => {
    const secret = new Uint8Array(32).fill(7);
    const signature = ed25519Sign(secret, secret);
    const s = number(signature.subarray(32));
    signature.set(scalar(s + ORDER), 32);
    expect(ed25519Verify(signature, secret, ed25519PublicKey(secret))).toBe(false);
  });
});
