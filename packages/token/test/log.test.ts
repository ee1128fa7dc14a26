import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concat, fromHex, hex, sha256, u32, utf8 } from '../src/index.ts';
import * as log from '../src/log/index.ts';
import { flip, seeded } from './fixtures.ts';

/** Leaves and roots of the Certificate Transparency reference tests for RFC 6962. */
const ENTRIES = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'].map(fromHex);
const ROOTS = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];

function treeOf(entries: readonly Uint8Array[]): log.MerkleTree {
  const tree = new log.MerkleTree();
  for (const entry of entries) tree.append(log.leafHash(entry));
  return tree;
}

const numbered = (size: number) => Array.from({ length: size }, (_, i) => u32(i));
const reader = (tree: log.MerkleTree) => (level: number, index: number) => tree.read(level, index);

describe('Merkle tree of RFC 6962', () => {
  it('has the published roots at every size', async () => {
    const tree = treeOf(ENTRIES);
    for (const [size, root] of ROOTS.entries()) expect(hex(await tree.root(size))).toBe(root);
  });

  it('makes the published proofs', async () => {
    const read = reader(treeOf(ENTRIES));
    expect((await log.inclusionProof(5, 8, read)).map(hex)).toEqual([
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
      'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ]);
    expect((await log.consistencyProof(6, 8, read)).map(hex)).toEqual([
      '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a',
      'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ]);
    expect((await log.consistencyProof(2, 5, read)).map(hex)).toEqual([
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
    ]);
  });

  it('proves every entry in every tree, and no other entry, index or size', async () => {
    const entries = numbered(20);
    const tree = treeOf(entries);
    for (let size = 1; size <= 20; size++) {
      const root = await tree.root(size);
      for (let index = 0; index < size; index++) {
        const proof = await log.inclusionProof(index, size, reader(tree));
        const leaf = log.leafHash(entries[index]);
        expect(log.verifyInclusion(leaf, index, size, proof, root)).toBe(true);
        for (let other = 0; other < size; other++)
          if (other !== index) expect(log.verifyInclusion(leaf, other, size, proof, root)).toBe(false);
        expect(log.verifyInclusion(log.leafHash(u32(99)), index, size, proof, root)).toBe(false);
        expect(log.verifyInclusion(leaf, index, size, [...proof, root], root)).toBe(false);
        if (proof.length > 0) {
          expect(log.verifyInclusion(leaf, index, size, proof.slice(1), root)).toBe(false);
          expect(log.verifyInclusion(leaf, index, size, [flip(proof[0], 0), ...proof.slice(1)], root)).toBe(false);
        }
      }
    }
  });

  it('proves that every tree extends every smaller one, and shows a tree that was rewritten', async () => {
    const tree = treeOf(numbered(20));
    const rewritten = treeOf([u32(77), ...numbered(20).slice(1)]);
    for (let second = 1; second <= 20; second++) {
      const root = await tree.root(second);
      for (let first = 1; first <= second; first++) {
        const proof = await log.consistencyProof(first, second, reader(tree));
        const old = await tree.root(first);
        expect(log.verifyConsistency(first, second, old, root, proof)).toBe(true);
        expect(log.verifyConsistency(first, second, await rewritten.root(first), root, proof)).toBe(false);
        expect(log.verifyConsistency(first, second, old, await rewritten.root(second), proof)).toBe(false);
        if (first < second) expect(log.verifyConsistency(first + 1, second, old, root, proof)).toBe(false);
      }
    }
  });

  it('never takes random proofs', () => {
    const bytes = fc.uint8Array({ minLength: 32, maxLength: 32 });
    fc.assert(
      fc.property(fc.nat(1000), fc.nat(1000), fc.array(bytes, { maxLength: 12 }), bytes, bytes, (a, b, proof, leaf, root) => {
        expect(log.verifyInclusion(leaf, a, b, proof, root)).toBe(false);
        if (a > 0 && (a !== b || hex(leaf) !== hex(root))) expect(log.verifyConsistency(a, b, leaf, root, proof)).toBe(false);
      }),
    );
  });
});

describe('tiles', () => {
  it('have the published paths', () => {
    expect(log.tilePath({ level: 0, index: 1234067, width: 256 })).toBe('tile/0/x001/x234/067');
    expect(log.tilePath({ level: 'entries', index: 0, width: 17 })).toBe('tile/entries/000.p/17');
  });

  it('have the published widths in a tree of 70,000', () => {
    expect([272, 273, 274].map((index) => log.tileWidth(0, index, 70_000))).toEqual([256, 112, 0]);
    expect([0, 1, 2].map((index) => log.tileWidth(1, index, 70_000))).toEqual([256, 17, 0]);
    expect([0, 1].map((index) => log.tileWidth(2, index, 70_000))).toEqual([1, 0]);
    expect([log.tileWidth(0, 0, 256), log.tileWidth(1, 0, 256)]).toEqual([256, 1]);
  });

  it('are read back from their paths, in one spelling only', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(0, 1, 63, 'entries' as const),
        fc.nat(2 ** 31),
        fc.integer({ min: 1, max: 256 }),
        (level, index, width) => {
          const tile = { level, index, width };
          expect(log.parseTilePath(log.tilePath(tile))).toEqual(tile);
        },
      ),
    );
    for (const path of [
      'tile/0/1',
      'tile/00/001',
      'tile/64/000',
      'tile/0/x000/001',
      'tile/0/000.p/256',
      'tile/0/000.p/0',
      'tile/0/../x',
    ])
      expect(log.parseTilePath(path)).toBeNull();
  });

  it('are all that a client needs to prove an entry', async () => {
    const tree = treeOf(numbered(70_000));
    const root = await tree.root();
    const fetched: string[] = [];
    const read = log.tileReader(tree.size, async (path) => {
      fetched.push(path);
      const tile = log.parseTilePath(path);
      const bytes = tile && log.tileBytes(tree, tile);
      if (!bytes) throw new Error(path);
      return bytes;
    });
    for (const index of [0, 255, 256, 12_345, 65_535, 65_536, 69_999]) {
      const proof = await log.inclusionProof(index, tree.size, read);
      expect(log.verifyInclusion(log.leafHash(u32(index)), index, tree.size, proof, root)).toBe(true);
    }
    const proof = await log.consistencyProof(300, tree.size, read);
    expect(log.verifyConsistency(300, tree.size, await tree.root(300), root, proof)).toBe(true);
    expect(new Set(fetched).size).toBe(fetched.length);
    expect(log.tileBytes(tree, { level: 0, index: 273, width: 113 })).toBeNull();
  }, 60_000);

  it('come back from bundles, and nothing else does', () => {
    const entries = [new Uint8Array(0), utf8('one'), new Uint8Array(300)];
    const bundle = log.encodeEntryBundle(entries);
    expect(log.decodeEntryBundle(bundle, 3)).toEqual(entries);
    expect(() => log.decodeEntryBundle(bundle, 4)).toThrow('log-malformed');
    expect(() => log.decodeEntryBundle(bundle, 2)).toThrow('log-malformed');
    expect(() => log.decodeEntryBundle(bundle.slice(0, -1), 3)).toThrow('log-malformed');
  });
});

describe('signed notes', () => {
  const TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
  const PETER = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
  const SIGNATURE =
    '— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n';
  const EXAMPLE = 'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k';

  it('reproduce the published note of the Go checksum database byte for byte', () => {
    const secret = log.fromBase64('AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz').slice(1);
    const signer = log.noteSigner('PeterNeumann', log.KeyKind.ED25519, secret);
    expect(log.formatVerifierKey(signer)).toBe(PETER);
    expect(log.formatNote(log.signNote(TEXT, signer))).toBe(`${TEXT}\n${SIGNATURE}`);
  });

  it('read the published verifier keys, and no key whose id is not its own', () => {
    for (const key of [PETER, EXAMPLE, 'remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2'])
      expect(log.formatVerifierKey(log.parseVerifierKey(key))).toBe(key);
    expect(log.parseVerifierKey('remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2').kind).toBe(4);
    for (const bad of [PETER.replace('c74f', 'c74e'), PETER.replace('Peter', 'Petra'), `${PETER}=`, 'x+00000000+AA==', ''])
      expect(() => log.parseVerifierKey(bad)).toThrow('log-malformed');
  });

  it('keep an empty line inside the text', () => {
    const signer = log.noteSigner('a.example', log.KeyKind.ED25519, seeded('note')(32));
    const note = log.signNote('one\n\ntwo\n', signer);
    expect(log.parseNote(log.formatNote(note)).text).toBe('one\n\ntwo\n');
  });

  it.each([
    ['no signature', `${TEXT}\n`],
    ['no empty line', `${TEXT}${SIGNATURE}`],
    ['no newline at the end', `${TEXT}\n${SIGNATURE.trimEnd()}`],
    ['a control character', `a\u0001\n\n${SIGNATURE}`],
    ['a carriage return', `a\r\n\n${SIGNATURE}`],
    ['a signature that is not base64', `${TEXT}\n— a b*c\n`],
    ['base64 with unused bits set', `${TEXT}\n${SIGNATURE.replace('AM=', 'AN=')}`],
    ['too many signatures', `${TEXT}\n${SIGNATURE.repeat(65)}`],
  ])('are refused with %s', (_, text) => {
    expect(() => log.parseNote(text)).toThrow('log-malformed');
  });
});

describe('tree heads, witnesses and proofs', () => {
  const ORIGIN = 'log.example/undertone';
  const key = log.noteSigner(ORIGIN, log.KeyKind.ED25519, seeded('log')(32));
  const witnesses = [0, 1, 2].map((i) =>
    log.noteSigner(`witness${i}.example`, log.KeyKind.COSIGNATURE, seeded(`witness ${i}`)(32)),
  );
  const NOW = 1_790_000_000;
  const card = sha256('card');
  const entry = log.logEntry('session-record', card, utf8('{"version":1}'));

  async function logged(times: readonly number[] = [NOW, NOW + 5]): Promise<log.LogProof> {
    const tree = treeOf([...numbered(300), entry, u32(5)]);
    const note = log.signTreeHead({ origin: ORIGIN, size: tree.size, root: await tree.root() }, key);
    const signatures = times.map((time, i) => log.cosign(note, witnesses[i], time));
    const head = { ...note, signatures: [...note.signatures, ...signatures] };
    return { index: 300, hashes: await log.inclusionProof(300, tree.size, reader(tree)), head };
  }

  const policy = (quorum: number, more: Partial<log.LogPolicy> = {}) => ({ log: key, witnesses, quorum, ...more });

  it('take the published timestamp from a cosignature', () => {
    const bytes = log.fromBase64(
      'ZGhGuQAAAABm/qTPeyKXD+R2rzyQsxPiP8mXum7qq/iF0u4vanlqJyocWODBt97w9uL+8qT7S5gxEHWWOworDcFiEBYJXORmnFBOBA==',
    );
    // The length of key id, time and signature, and the time 2024-10-03 14:06:07 UTC.
    expect(bytes.length).toBe(76);
    expect(hex(bytes.slice(4, 12))).toBe((1727964367).toString(16).padStart(16, '0'));
  });

  it('sign the message that the specification shows', () => {
    const note = log.signTreeHead({ origin: ORIGIN, size: 5, root: card }, key);
    const { signature } = log.cosign(note, witnesses[0], NOW);
    const plain = log.noteSigner(witnesses[0].name, log.KeyKind.ED25519, witnesses[0].secretKey);
    const message = `cosignature/v1\ntime ${NOW}\n${ORIGIN}\n5\n${log.base64(card)}\n`;
    expect(signature.slice(8)).toEqual(log.signNote(message, plain).signatures[0].signature);
  });

  it('show by when a quorum had seen the entry, offline and from text', async () => {
    const proof = log.parseLogProof(log.formatLogProof(await logged()));
    expect(log.verifyLogProof(entry, proof, policy(1))).toMatchObject({ ok: true, index: 300, witnessedAt: NOW });
    expect(log.verifyLogProof(entry, proof, policy(2))).toMatchObject({ ok: true, witnessedAt: NOW + 5 });
    expect(log.verifyLogProof(entry, proof, policy(0))).toMatchObject({ ok: true, witnessedAt: null });
  });

  it('do not hold for another entry, log, index or too few witnesses', async () => {
    const proof = await logged();
    const no = (code: string) => ({ ok: false, code });
    expect(log.verifyLogProof(log.logEntry('card', card, utf8('x')), proof, policy(1))).toEqual(no('log-not-included'));
    expect(log.verifyLogProof(entry, { ...proof, index: 299 }, policy(1))).toEqual(no('log-not-included'));
    expect(log.verifyLogProof(entry, proof, policy(3))).toEqual(no('log-few-witnesses'));
    const other = log.noteSigner(ORIGIN, log.KeyKind.ED25519, seeded('other log')(32));
    expect(log.verifyLogProof(entry, proof, policy(1, { log: other }))).toEqual(no('log-bad-signature'));
    const renamed = log.noteSigner('other.example', log.KeyKind.ED25519, key.secretKey);
    expect(log.verifyLogProof(entry, proof, policy(1, { log: renamed }))).toEqual(no('log-bad-signature'));
  });

  it('count a witness once, and the log itself not at all', async () => {
    const proof = await logged([NOW]);
    const twice = { ...proof.head, signatures: [...proof.head.signatures, log.cosign(proof.head, witnesses[0], NOW + 9)] };
    expect(log.verifyLogProof(entry, { ...proof, head: twice }, policy(2))).toMatchObject({ code: 'log-few-witnesses' });
    const self = log.noteSigner('self.example', log.KeyKind.COSIGNATURE, key.secretKey);
    const own = { ...proof.head, signatures: [...proof.head.signatures, log.cosign(proof.head, self, NOW)] };
    expect(log.verifyLogProof(entry, { ...proof, head: own }, policy(2, { witnesses: [...witnesses, self] }))).toMatchObject({
      code: 'log-few-witnesses',
    });
  });

  it('do not hold with a changed time, size or root', async () => {
    const proof = await logged([NOW]);
    const late = proof.head.signatures[1];
    const moved = { ...late, signature: flip(late.signature, 7) };
    expect(log.cosignedAt({ ...proof.head, signatures: [moved] }, witnesses[0])).toBeNull();
    const text = proof.head.text.replace('\n302\n', '\n303\n');
    expect(log.verifyTreeHead({ ...proof.head, text }, key)).toBeNull();
    expect(log.cosignedAt({ ...proof.head, text }, witnesses[0])).toBeNull();
  });

  it.each([
    'o\n07\nAA==\n',
    'o\n7\n',
    'o\n7\nAAAA\n',
    '\n7\nAAAA\n',
    `o\n7\n${log.base64(card)}`,
    `o\n7\n${log.base64(card)}\n\nx\n`,
  ])('do not parse from %j', (text) => {
    expect(() => log.parseTreeHead(text)).toThrow('log-malformed');
  });

  it('are cosigned only when the tree has grown, and grown honestly', async () => {
    const tree = treeOf(numbered(20));
    const head = async (of: log.MerkleTree, size: number) =>
      log.signTreeHead({ origin: ORIGIN, size, root: await of.root(size) }, key);
    const last = log.parseTreeHead((await head(tree, 8)).text);
    const keys = { log: key, witness: witnesses[0] };
    const proof = await log.consistencyProof(8, 20, reader(tree));
    const good = log.witnessTreeHead(await head(tree, 20), last, proof, keys, NOW);
    expect(good).toMatchObject({ ok: true, head: { size: 20 } });
    const note = await head(tree, 20);
    if (good.ok) expect(log.cosignedAt({ ...note, signatures: [good.cosignature] }, witnesses[0])).toBe(NOW);
    const rewritten = treeOf([u32(9), ...numbered(20).slice(1)]);
    expect(log.witnessTreeHead(await head(rewritten, 20), last, proof, keys, NOW)).toEqual({
      ok: false,
      code: 'log-inconsistent',
    });
    expect(log.witnessTreeHead(await head(tree, 7), last, [], keys, NOW)).toEqual({ ok: false, code: 'log-shrunk' });
    const stranger = log.noteSigner(ORIGIN, log.KeyKind.ED25519, seeded('x')(32));
    const forged = log.signTreeHead({ origin: ORIGIN, size: 20, root: await tree.root(20) }, stranger);
    expect(log.witnessTreeHead(forged, last, proof, keys, NOW)).toEqual({ ok: false, code: 'log-bad-signature' });
  });

  it('name an entry by kind, card and hash', () => {
    expect(hex(entry)).toBe(hex(concat('ut1 log', Uint8Array.of(1), card, sha256('{"version":1}'))));
    expect(entry.length).toBe(log.LOG_ENTRY_BYTES);
  });

  it('never crash on noise', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        for (const parse of [log.parseNote, log.parseTreeHead, log.parseLogProof, log.parseVerifierKey])
          expect(() => parse(text)).toThrow('log-malformed');
      }),
    );
  });
});
