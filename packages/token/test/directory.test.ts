import { describe, expect, it } from 'vitest';
import {
  createDirectory,
  type DirectoryContent,
  type DirectoryJson,
  keysOfIssuer,
  mergeDirectory,
  parseDirectory,
  parseDirectoryText,
  proveKey,
  trustFromDirectory,
} from '../src/directory/index.ts';
import { generateIssuerKey, type IssuerKey, parseTrust, publicJwk, verifyCard } from '../src/index.ts';
import { issuer, seeded, session, stranger, T0, trust } from './fixtures.ts';

const NAME = issuer.name;
const next = generateIssuerKey(NAME, seeded('next issuer key'));
const seconds = T0 / 1000;

const listed = (key: IssuerKey, life: { nbf?: number; exp?: number } = {}, name = NAME) => ({
  publicKey: key.publicKey,
  proof: proveKey(key, name),
  ...life,
});

function directory(changes: Partial<DirectoryContent> = {}, signers: readonly IssuerKey[] = [issuer]): DirectoryJson {
  return createDirectory(
    {
      issuer: NAME,
      keys: [listed(issuer, { exp: seconds + 1000 }), listed(next, { nbf: seconds })],
      statusList: 'https://issuer.example/status/1',
      updated: seconds,
      ...changes,
    },
    signers,
  );
}

const merge = (json: unknown, atMs = T0) => mergeDirectory(trust, parseDirectory(json), { atMs });

describe('issuer directory', () => {
  it('is a JWKS that others can read, with the place of the status list', () => {
    const json = directory();
    expect(parseTrust({ keys: json.keys }).keys.map((key) => key.kid)).toEqual([issuer.kid, next.kid]);
    expect(parseDirectoryText(JSON.stringify(json)).statusList).toBe('https://issuer.example/status/1');
  });

  it('passes over keys of other kinds, as a shared directory has them', () => {
    const json = directory();
    const shared = { ...json, keys: [{ kty: 'EC', crv: 'P-256', x: 'a', y: 'b' }, ...json.keys] };
    expect(parseDirectory(shared).keys).toHaveLength(2);
  });

  it.each([
    ['a name that is not text', { issuer: 7 }],
    ['no keys', { keys: [] }],
    ['no date', { updated: -1 }],
    ['a signature that is too short', { signatures: [{ kid: 'x', signature: 'AAAA' }] }],
    ['a proof that is not base64url', { keys: [{ ...directory().keys[0], proof: '+'.repeat(86) }] }],
  ])('refuses %s', (_, change) => {
    expect(() => parseDirectory({ ...directory(), ...change })).toThrow(/directory-malformed|trust-empty/);
  });

  it('refuses a private key that was published by mistake', () => {
    const json = directory();
    expect(() => parseDirectory({ ...json, keys: [{ ...json.keys[0], d: json.keys[0].x }] })).toThrow('trust-private-key');
  });
});

describe('rollover', () => {
  it('takes a new key that the old one vouches for, and cards signed by it hold', () => {
    const verdict = merge(directory());
    if (!verdict.ok) throw new Error(verdict.code);
    expect(verdict.added.map((key) => key.kid)).toEqual([next.kid]);
    const card = session({ issuer: next, t0Ms: T0 + 60_000 }).card;
    expect(verifyCard(card, trust, { atMs: T0 + 60_000 })).toMatchObject({ ok: false, code: 'issuer-unknown' });
    expect(verifyCard(card, verdict.trust, { atMs: T0 + 60_000 })).toMatchObject({ ok: true, issuer: { name: NAME } });
    expect(keysOfIssuer(verdict.trust, verdict.added[0]).map((key) => key.kid)).toEqual([issuer.kid, next.kid]);
  });

  it('shortens the life of the old key, and cards from after its end no longer hold', () => {
    const verdict = merge(directory());
    if (!verdict.ok) throw new Error(verdict.code);
    const early = session().card;
    const late = session({ t0Ms: T0 + 2_000_000 }).card;
    expect(verifyCard(early, verdict.trust, { atMs: T0 }).ok).toBe(true);
    expect(verifyCard(late, verdict.trust, { atMs: T0 + 2_000_000 })).toMatchObject({ ok: false, code: 'issuer-key-expired' });
  });

  it('never lengthens a life that the verifier knows', () => {
    const known = parseTrust({ ...publicJwk(issuer), exp: seconds + 10 });
    const verdict = mergeDirectory(known, parseDirectory(directory()), { atMs: T0 });
    expect(verdict.ok && verdict.trust.keys[0].exp).toBe(seconds + 10);
  });

  it.each([
    ['signed by the new key alone', directory({}, [next]), T0, 'directory-untrusted'],
    ['signed by another issuer', directory({}, [stranger]), T0, 'directory-untrusted'],
    ['signed by nobody', { ...directory(), signatures: [] }, T0, 'directory-untrusted'],
    ['changed after signing', { ...directory(), status_list: 'https://elsewhere.example' }, T0, 'directory-untrusted'],
  ])('takes nothing from a directory %s', (_, json, atMs, code) => {
    expect(merge(json, atMs)).toEqual({ ok: false, code });
  });

  it('takes nothing on the word of a key that has ended', () => {
    const known = parseTrust({ ...publicJwk(issuer), exp: seconds - 10 });
    expect(mergeDirectory(known, parseDirectory(directory()), { atMs: T0 })).toEqual({ ok: false, code: 'directory-untrusted' });
  });

  it('does not let an issuer list a key that it does not hold', () => {
    const stolen = { ...listed(issuer), publicKey: stranger.publicKey };
    expect(merge(directory({ keys: [stolen] }))).toEqual({ ok: false, code: 'directory-key-unproven' });
    // The other issuer's proof names the other issuer.
    const replayed = listed(stranger, {}, stranger.name);
    expect(merge(directory({ keys: [replayed] }))).toEqual({ ok: false, code: 'directory-key-unproven' });
  });

  it("does not let an issuer end another issuer's key", () => {
    const both = parseTrust([publicJwk(issuer), publicJwk(stranger)]);
    const attack = directory({ keys: [listed(issuer), listed(stranger, { exp: 1 }, stranger.name)] });
    const verdict = mergeDirectory(both, parseDirectory(attack), { atMs: T0 });
    expect(verdict.ok && verdict.trust.keys[1].exp).toBeUndefined();
  });

  it('does not go back to an older directory', () => {
    const old = parseDirectory(directory({ updated: seconds - 100 }));
    expect(mergeDirectory(trust, old, { atMs: T0, lastUpdated: seconds })).toEqual({ ok: false, code: 'directory-outdated' });
  });

  it('can begin from a directory alone, if every key is proven', () => {
    expect(trustFromDirectory(parseDirectory(directory()))?.keys.map((key) => key.name)).toEqual([NAME, NAME]);
    const { proof, ...bare } = directory().keys[0];
    expect(trustFromDirectory(parseDirectory({ ...directory(), keys: [bare] }))).toBeNull();
  });
});
