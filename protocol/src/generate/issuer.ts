/** Vectors of what an issuer publishes: status lists, directories, logs. */
import {
  base64url,
  concat,
  ed25519Sign,
  generateIssuerKey,
  hex,
  type IssuerKey,
  publicJwk,
  u16,
  u32,
  utf8,
} from '@undertone/token';
import { createDirectory, type DirectoryContent, proveKey } from '@undertone/token/directory';
import {
  consistencyProof,
  cosign,
  formatLogProof,
  formatVerifierKey,
  inclusionProof,
  KeyKind,
  leafHash,
  logEntry,
  MerkleTree,
  type Note,
  noteSigner,
  signTreeHead,
} from '@undertone/token/log';
import type { Json } from '../contract.ts';
import type { Case, Plan } from './builder.ts';
import { flip, issuer, otherIssuer, secret, session, T0, trust } from './fixture.ts';

const SECONDS = T0 / 1000;
const URI = 'https://issuer.example/status/1';

/** ZLIB without compression: the same bytes wherever it is made. */
function stored(bytes: Uint8Array): Uint8Array {
  let [a, b] = [1, 0];
  for (const byte of bytes) {
    a = (a + byte) % 65521;
    b = (b + a) % 65521;
  }
  const swap = (n: number): Uint8Array => u16(n).reverse();
  return concat(Uint8Array.of(0x78, 1, 1), swap(bytes.length), swap(0xffff - bytes.length), bytes, u32(b * 65536 + a));
}

/** A compact JWS by an issuer. */
export function signJws(header: object, payload: object, by: Pick<IssuerKey, 'secretKey'>): string {
  const text = [header, payload].map((part) => base64url(utf8(JSON.stringify(part)))).join('.');
  return `${text}.${base64url(ed25519Sign(utf8(text), by.secretKey))}`;
}

/** Index 3 is revoked, index 5 suspended (2 bits each), of 16. */
const LIST = Uint8Array.of(0b01000000, 0b00001000, 0, 0);
const token = (change: object = {}, header: object = {}, by = issuer): string =>
  signJws(
    { alg: 'EdDSA', typ: 'statuslist+jwt', kid: by.kid, ...header },
    { sub: URI, iat: SECONDS, exp: SECONDS + 3600, ttl: 300, status_list: { bits: 2, lst: base64url(stored(LIST)) }, ...change },
    by,
  );

const status: Plan = {
  path: 'lifecycle/revoke/status',
  page: '08-resolve-and-revoke',
  layer: 'status',
  operation: 'status.verify',
  common: { trust, uri: URI, atMs: T0 + 1000, index: 0, token: token() },
  cases: [
    { name: 'valid', description: 'Index 0 of a list that is up to date', rules: ['STAT-1', 'STAT-2'] },
    { name: 'revoked', description: 'Index 3 is revoked', rules: ['STAT-2', 'VER-10'], input: { index: 3 }, refused: 'revoked' },
    {
      name: 'suspended',
      description: 'Index 5 is suspended: no more valid than revoked',
      rules: ['STAT-2'],
      input: { index: 5 },
      refused: 'revoked',
    },
    {
      name: 'outside',
      description: 'An index that the list does not hold',
      rules: ['STAT-2'],
      input: { index: 16 },
      refused: 'status-out-of-range',
    },
    {
      name: 'then-valid',
      description: 'The token of an earlier time, for a recording of that time',
      rules: ['STAT-3'],
      input: { token: token({ iat: SECONDS - 7200, exp: SECONDS - 3600 }), atMs: T0 - 5_000_000 },
    },
    {
      name: 'then-asked-with-now',
      description: "Today's token does not answer for last year",
      rules: ['STAT-3'],
      input: { atMs: T0 - 31_536_000_000 },
      refused: 'status-not-yet-valid',
    },
    {
      name: 'expired',
      description: 'After its end',
      rules: ['STAT-1'],
      input: { atMs: T0 + 3_601_000 },
      refused: 'status-expired',
    },
    {
      name: 'other-list',
      description: 'The list of another address',
      rules: ['STAT-1'],
      input: { token: token({ sub: 'https://issuer.example/status/2' }) },
      refused: 'status-wrong-uri',
    },
    {
      name: 'other-issuer',
      description: 'Another issuer signed',
      rules: ['STAT-1'],
      input: { token: token({}, {}, otherIssuer) },
      refused: 'status-bad-signature',
    },
    {
      name: 'other-type',
      description: 'A token of another type with the same members',
      rules: ['STAT-1'],
      input: { token: token({}, { typ: 'JWT' }) },
      refused: 'status-bad-signature',
    },
    {
      name: 'unsigned',
      description: 'alg none',
      rules: ['STAT-1'],
      input: { token: `${token({}, { alg: 'none' }).split('.').slice(0, 2).join('.')}.` },
      refused: 'status-bad-signature',
    },
    {
      name: 'not-zlib',
      description: 'A list that does not inflate',
      rules: ['STAT-1'],
      input: { token: token({ status_list: { bits: 2, lst: 'AAAA' } }) },
      refused: 'status-malformed',
    },
    {
      name: 'three-bits',
      description: 'Three bits for a status',
      rules: ['STAT-1'],
      input: { token: token({ status_list: { bits: 3, lst: base64url(stored(LIST)) } }) },
      refused: 'status-malformed',
    },
  ],
};

const statusRead: Plan = {
  path: 'lifecycle/revoke/list',
  page: '08-resolve-and-revoke',
  layer: 'status',
  operation: 'status.read',
  cases: [
    {
      name: 'one-bit',
      description: 'The example of the Token Status List draft',
      rules: ['STAT-2'],
      input: { statusList: { bits: 1, lst: 'eNrbuRgAAhcBXQ' }, indices: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15] },
      says: { statuses: [1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1] },
    },
    {
      name: 'two-bits',
      description: 'Two bits for a status, and an index outside',
      rules: ['STAT-2'],
      polarity: 'negative',
      input: { statusList: { bits: 2, lst: base64url(stored(LIST)) }, indices: [3, 5, 15, 16] },
      says: { statuses: [1, 2, 0, null] },
    },
  ],
};

const next = generateIssuerKey('Vector issuer', () => secret(11));
const third = generateIssuerKey('Vector issuer', () => secret(12));
const listed = (key: IssuerKey, change: object = {}, of = 'Vector issuer'): DirectoryContent['keys'][number] => ({
  publicKey: key.publicKey,
  proof: proveKey(key, of),
  ...change,
});
const directory = (keys: DirectoryContent['keys'], signers: IssuerKey[], change: object = {}): Json =>
  createDirectory({ issuer: 'Vector issuer', keys, statusList: URI, updated: SECONDS, ...change }, signers) as unknown as Json;
const both = directory([listed(issuer, { exp: SECONDS + 86400 }), listed(next)], [issuer, next]);
const lifeOf = (exp: number): object => ({ keys: [{ ...publicJwk(issuer), exp }] });

const merge: Plan = {
  path: 'lifecycle/rollover/directory',
  page: '08-resolve-and-revoke',
  layer: 'trust',
  operation: 'directory.merge',
  common: { trust, atMs: T0, directory: both },
  cases: [
    {
      name: 'next-key',
      description: 'The trusted key signs a directory with its successor',
      rules: ['DIR-1', 'DIR-2'],
      says: { added: [next.kid] },
    },
    { name: 'again', description: 'The same directory once more', rules: ['DIR-3'], input: { lastUpdated: SECONDS } },
    {
      name: 'outdated',
      description: 'An older directory than the one before',
      rules: ['DIR-3'],
      input: { lastUpdated: SECONDS + 1 },
      refused: 'directory-outdated',
    },
    {
      name: 'stranger-signs',
      description: 'Only the new key signs',
      rules: ['DIR-1'],
      input: { directory: directory([listed(issuer), listed(next)], [next]) },
      refused: 'directory-untrusted',
    },
    {
      name: 'changed',
      description: 'The directory was changed after it was signed',
      rules: ['DIR-1'],
      input: { directory: { ...both, status_list: 'https://elsewhere.example/' } },
      refused: 'directory-untrusted',
    },
    {
      name: 'signer-retired',
      description: 'The signing key is past its life',
      rules: ['DIR-1'],
      input: { trust: lifeOf(SECONDS - 10) },
      refused: 'directory-untrusted',
    },
    {
      name: 'key-without-proof',
      description: "A new key's proof is for another issuer",
      rules: ['DIR-2'],
      input: { directory: directory([listed(issuer), listed(next, {}, 'Another issuer')], [issuer]) },
      refused: 'directory-key-unproven',
    },
    {
      name: 'life-shortened',
      description: 'The life of the trusted key is shortened',
      rules: ['DIR-4'],
      input: { directory: directory([listed(issuer, { exp: SECONDS + 60 })], [issuer]) },
      says: { keys: [{ kid: issuer.kid, name: 'Vector issuer', exp: SECONDS + 60 }] },
    },
    {
      name: 'life-not-lengthened',
      description: 'The directory cannot lengthen a life that the trust file ends',
      rules: ['DIR-4'],
      polarity: 'negative',
      input: { trust: lifeOf(SECONDS + 60), directory: directory([listed(issuer, { exp: SECONDS + 86400 })], [issuer]) },
      says: { keys: [{ kid: issuer.kid, name: 'Vector issuer', exp: SECONDS + 60 }] },
    },
    {
      name: 'key-left-out',
      description: 'A key that the directory leaves out stays, for the cards of the past',
      rules: ['DIR-4'],
      input: { directory: directory([listed(third)], [issuer]) },
      says: { added: [third.kid] },
    },
  ],
};

const tree = new MerkleTree();
const entries = Array.from({ length: 7 }, (_, i) => logEntry('card', session.cardHash, Uint8Array.of(i)));
for (const entry of entries) tree.append(leafHash(entry));
const read = (level: number, index: number): Uint8Array => tree.read(level, index);
const log = noteSigner('log.example/undertone', KeyKind.ED25519, secret(21));
const witnesses = [22, 23].map((s) => noteSigner(`witness-${s}.example`, KeyKind.COSIGNATURE, secret(s)));
const proofOf3 = await inclusionProof(3, 7, read);
const root7 = hex(await tree.root(7));
const head: Note = signTreeHead({ origin: log.name, size: 7, root: await tree.root(7) }, log);
const withWitnesses = (...times: number[]): Note => ({
  ...head,
  signatures: [...head.signatures, ...times.map((time, i) => cosign(head, witnesses[i], time))],
});
const proof = (note: Note, index = 3): string => formatLogProof({ index, hashes: proofOf3, head: note });
const seen = withWitnesses(SECONDS + 10, SECONDS + 20);
const bySelf: Note = {
  ...head,
  signatures: [...head.signatures, cosign(head, noteSigner('witness-22.example', KeyKind.COSIGNATURE, secret(21)), SECONDS)],
};

const extend4 = (await consistencyProof(4, 7, read)).map(hex);
const root4 = hex(await tree.root(4));

const logs: readonly Plan[] = [
  {
    path: 'log/root',
    page: '08-resolve-and-revoke',
    layer: 'log',
    operation: 'log.root',
    common: { entries: entries.map(hex) },
    cases: [
      {
        name: 'seven',
        description: 'Seven entries: root, inclusion of entry 3',
        rules: ['LOG-1'],
        input: { size: 7, index: 3 },
        says: { root: root7, consistency: [] },
      },
      {
        name: 'four-of-seven',
        description: 'The first four, and that seven extend them',
        rules: ['LOG-1'],
        input: { size: 4, index: 2 },
      },
    ],
  },
  {
    path: 'log/include',
    page: '08-resolve-and-revoke',
    layer: 'log',
    operation: 'log.include',
    common: { entry: hex(entries[3]), index: 3, size: 7, root: root7, proof: proofOf3.map(hex) },
    cases: [
      { name: 'included', description: 'Entry 3 of 7', rules: ['LOG-1'] },
      {
        name: 'other-entry',
        description: 'Entry 2 with the proof of entry 3',
        rules: ['LOG-1'],
        input: { entry: hex(entries[2]) },
        refused: 'log-not-included',
      },
      {
        name: 'other-index',
        description: 'Entry 3 at index 2',
        rules: ['LOG-1'],
        input: { index: 2 },
        refused: 'log-not-included',
      },
      {
        name: 'hash-missing',
        description: 'The proof lacks its last hash',
        rules: ['LOG-1'],
        input: { proof: proofOf3.slice(0, -1).map(hex) },
        refused: 'log-not-included',
      },
      {
        name: 'hash-too-many',
        description: 'The proof has a hash too many',
        rules: ['LOG-1'],
        input: { proof: [...proofOf3.map(hex), root4] },
        refused: 'log-not-included',
      },
      { name: 'index-outside', description: 'Index 7 of 7', rules: ['LOG-1'], input: { index: 7 }, refused: 'log-not-included' },
    ],
  },
  {
    path: 'log/extend',
    page: '08-resolve-and-revoke',
    layer: 'log',
    operation: 'log.extend',
    common: { first: { size: 4, root: root4 }, second: { size: 7, root: root7 }, proof: extend4 },
    cases: [
      { name: 'extended', description: 'Seven entries extend four', rules: ['LOG-2'] },
      {
        name: 'forked',
        description: 'The first tree is another',
        rules: ['LOG-2'],
        input: { first: { size: 4, root: flip(root4, 0) } },
        refused: 'log-inconsistent',
      },
      {
        name: 'shrunk',
        description: 'The second tree is smaller',
        rules: ['LOG-2'],
        input: { first: { size: 7, root: root7 }, second: { size: 4, root: root4 } },
        refused: 'log-inconsistent',
      },
      {
        name: 'proof-changed',
        description: 'One bit of the proof',
        rules: ['LOG-2'],
        input: { proof: [flip(extend4[0], 3), ...extend4.slice(1)] },
        refused: 'log-inconsistent',
      },
    ],
  },
  {
    path: 'log/verify',
    page: '08-resolve-and-revoke',
    layer: 'log',
    operation: 'log.verify',
    common: {
      entry: hex(entries[3]),
      log: formatVerifierKey(log),
      witnesses: witnesses.map(formatVerifierKey),
      quorum: 2,
      proof: proof(seen),
    },
    cases: [
      {
        name: 'two-witnesses',
        description: 'Two of two witnesses: the time of the later',
        rules: ['LOG-3'],
        says: { witnessedAt: SECONDS + 20 },
      },
      {
        name: 'one-of-two',
        description: 'A quorum of one: the time of the earlier',
        rules: ['LOG-3'],
        input: { quorum: 1 },
        says: { witnessedAt: SECONDS + 10 },
      },
      {
        name: 'no-quorum-asked',
        description: 'The log alone is trusted: included, and no witnessed time',
        rules: ['LOG-3'],
        polarity: 'negative',
        input: { quorum: 0 },
        says: { witnessedAt: null },
      },
      {
        name: 'too-few',
        description: 'One witness of the two asked for',
        rules: ['LOG-3'],
        input: { proof: proof(withWitnesses(SECONDS + 10)) },
        refused: 'log-few-witnesses',
      },
      {
        name: 'log-as-witness',
        description: "A cosignature by the log's own key counts for nothing",
        rules: ['LOG-3'],
        input: { quorum: 1, proof: proof(bySelf) },
        refused: 'log-few-witnesses',
      },
      {
        name: 'other-entry',
        description: 'Another entry',
        rules: ['LOG-1'],
        input: { entry: hex(entries[4]) },
        refused: 'log-not-included',
      },
      {
        name: 'other-log',
        description: 'Another log signed the tree head',
        rules: ['LOG-1'],
        input: { log: formatVerifierKey(noteSigner(log.name, KeyKind.ED25519, secret(24))) },
        refused: 'log-bad-signature',
      },
      {
        name: 'head-changed',
        description: 'The size in the tree head is changed',
        rules: ['LOG-1'],
        input: { proof: proof({ ...seen, text: seen.text.replace('\n7\n', '\n8\n') }) },
        refused: 'log-bad-signature',
      },
      {
        name: 'no-proof',
        description: 'Text that is no proof',
        rules: ['LOG-1'],
        input: { proof: 'c2sp.org/tlog-proof@v2\nindex 3\n\n' },
        refused: 'log-malformed',
      },
    ],
  },
];

const alert: Plan = {
  path: 'lifecycle/alert/key-lost',
  page: '08-resolve-and-revoke',
  layer: 'card',
  operation: 'card.verify',
  common: { card: hex(session.card.bytes), atMs: T0 },
  cases: [
    {
      name: 'before-the-loss',
      description: 'The card began before the day that the issuer gives as the end of the lost key',
      rules: ['DIR-4', 'CARD-8'],
      input: { trust: lifeOf(SECONDS + 5) },
    },
    {
      name: 'after-the-loss',
      description: 'The card began after it: whoever has the key could have signed it',
      rules: ['DIR-4', 'CARD-8'],
      input: { trust: lifeOf(SECONDS - 5) },
      refused: 'issuer-key-expired',
    },
  ] satisfies Case[],
};

export const issuerPlans: readonly Plan[] = [status, statusRead, merge, alert, ...logs];
