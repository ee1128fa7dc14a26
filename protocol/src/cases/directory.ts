/** Vectors of issuer directories and keys that end. */
import { generateIssuerKey, hex, type IssuerKey, publicJwk } from '@undertone/token';
import { createDirectory, type DirectoryContent, proveKey } from '@undertone/token/directory';
import type { Json } from '../contract.ts';
import type { Case, Plan } from '../generate/builder.ts';
import { issuer, secret, session, T0, trust } from '../generate/fixture.ts';

const SECONDS = T0 / 1000;

const URI = 'https://issuer.example/status/1';

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

export const directoryPlans: readonly Plan[] = [merge, alert];
