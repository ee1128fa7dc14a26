/** Vectors of transparency logs. */
import { hex } from '@undertone/token';
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
import type { Plan } from '../generate/builder.ts';
import { flip, secret, session, T0 } from '../generate/fixture.ts';

const SECONDS = T0 / 1000;

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

export const logPlans: readonly Plan[] = [...logs];
