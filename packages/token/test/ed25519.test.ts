import { createPrivateKey, createPublicKey, sign as platformSign, verify as platformVerify } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ed25519PublicKey, ed25519Sign, ed25519Signer, ed25519Verify, isEd25519PublicKey } from '../src/crypto.ts';

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

const EDGES = [
  [
    '8c93255d71dcab10e8f379c26200f3c7bd5f09d9bc3068d3ef4edeb4853022b6',
    'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
    'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a0000000000000000000000000000000000000000000000000000000000000000',
  ],
  [
    '9bd9f44f4dcc75bd531b56b2cd280b0bb38fc1cd6d1230e14861d861de092e79',
    'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
    'f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43a5bb704786be79fc476f91d3f3f89b03984d8068dcf1bb7dfc6637b45450ac04',
  ],
  [
    'aebf3f2601a0c8c5d39cc7d8911642f740b78168218da8471772b35f9d35b9ab',
    'f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43',
    'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa8c4bd45aecaca5b24fb97bc10ac27ac8751a7dfe1baff8b953ec9f5833ca260e',
  ],
  [
    '9bd9f44f4dcc75bd531b56b2cd280b0bb38fc1cd6d1230e14861d861de092e79',
    'cdb267ce40c5cd45306fa5d2f29731459387dbf9eb933b7bd5aed9a765b88d4d',
    '9046a64750444938de19f227bb80485e92b83fdb4b6506c160484c016cc1852f87909e14428a7a1d62e9f22f3d3ad7802db02eb2e688b6c52fcd6648a98bd009',
  ],
  [
    'e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec4011eaccd55b53f56c',
    'cdb267ce40c5cd45306fa5d2f29731459387dbf9eb933b7bd5aed9a765b88d4d',
    '160a1cb0dc9c0258cd0a7d23e94d8fa878bcb1925f2c64246b2dee1796bed5125ec6bc982a269b723e0668e540911a9a6a58921d6925e434ab10aa7940551a09',
  ],
  [
    'e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec4011eaccd55b53f56c',
    'cdb267ce40c5cd45306fa5d2f29731459387dbf9eb933b7bd5aed9a765b88d4d',
    '21122a84e0b5fca4052f5b1235c80a537878b38f3142356b2c2384ebad4668b7e40bc836dac0f71076f9abe3a53f9c03c1ceeeddb658d0030494ace586687405',
  ],
  [
    '85e241a07d148b41e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec40',
    '442aad9f089ad9e14647b1ef9099a1ff4798d78589e66f28eca69c11f582a623',
    'e96f66be976d82e60150baecff9906684aebb1ef181f67a7189ac78ea23b6c0e547f7690a0e2ddcd04d87dbc3490dc19b3b3052f7ff0538cb68afb369ba3a514',
  ],
  [
    '85e241a07d148b41e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec40',
    '442aad9f089ad9e14647b1ef9099a1ff4798d78589e66f28eca69c11f582a623',
    '8ce5b96c8f26d0ab6c47958c9e68b937104cd36e13c33566acd2fe8d38aa19427e71f98a473474f2f13f06f97c20d58cc3f54b8bd0d272f42b695dd7e89a8c22',
  ],
  [
    'fdaebc429f4a735932a160da1301080c13280eea8bc280d1b392c6b9e6ba3a5a',
    'f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43',
    'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f454d370c8d9fc323a41450f8d513eafeb5b0697390c1e505a0d4ddc71f566607',
  ],
  [
    '84b698d39be126ff55fe45079e6c8bf64a0d7db6994560b4e96b7021eb39c1a1',
    'f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43',
    'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f084d5b99c2a9463d9c8bd5026916996984eeec87ddf1d3be329006ace1b37b09',
  ],
].map((edge) => edge.map((hex) => Uint8Array.from(Buffer.from(hex, 'hex'))));

describe('Ed25519', () => {
  it("gives the platform's keys and signatures", () => {
    fc.assert(
      fc.property(bytes(32), message, (secret, m) => {
        const key = createPrivateKey({ key: Buffer.concat([PKCS8, secret]), format: 'der', type: 'pkcs8' });
        const { x } = createPublicKey(key).export({ format: 'jwk' });
        expect(Buffer.from(ed25519PublicKey(secret)).toString('base64url')).toBe(x);
        const signature = Uint8Array.from(platformSign(null, m, key));
        expect(ed25519Sign(m, secret)).toEqual(signature);
        expect(ed25519Signer(secret)(m)).toEqual(signature);
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
  /** The ten edge cases of Chalkias, Garillot and Nikolaenko, "Taming the many EdDSAs" (2020): message, public key, signature. */
  it('agrees on the known edge cases with a platform that leaves out the cofactor', () => {
    const verdicts = EDGES.map(([m, key, signature]) => ed25519Verify(signature, m, key));
    // 0, 1: keys of small order; 2, 3: parts of small order, the equation holds; 4, 5: only with the cofactor; 6, 7: S not reduced; 8, 9: R respelt.
    expect(verdicts).toEqual([false, false, true, true, false, false, false, false, false, false]);
    EDGES.slice(2).forEach(([m, key, signature], i) => {
      const jwk = { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(key).toString('base64url') };
      const there = platformVerify(null, m, createPublicKey({ key: jwk, format: 'jwk' }), signature);
      expect(there, `case ${i + 2}`).toBe(verdicts[i + 2]);
    });
  });
  it('gives the same verdict when it has met the key before, and among many others', () => {
    const signers = Array.from({ length: 70 }, (_, i) => new Uint8Array(32).fill(i + 1));
    const signed = signers.map((secret) => [ed25519Sign(secret, secret), secret, ed25519PublicKey(secret)] as const);
    for (let round = 0; round < 2; round++)
      for (const [i, [signature, m, key]] of signed.entries()) {
        expect(ed25519Verify(signature, m, key)).toBe(true);
        expect(ed25519Verify(signature, m, signed[(i + 1) % signed.length][2])).toBe(false);
      }
  });
});
