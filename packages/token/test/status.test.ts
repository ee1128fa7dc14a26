import { CompactSign } from 'jose';
import { describe, expect, it } from 'vitest';
import { fromBase64url, hex, type IssuerKey, privateJwk, utf8 } from '../src/index.ts';
import {
  decodeStatusList,
  encodeStatusList,
  type FetchStatusToken,
  StatusClient,
  StatusList,
  type StatusToken,
  StatusType,
  signStatusToken,
  verifyStatusToken,
} from '../src/status/index.ts';
import { issuer, stranger, T0, trust } from './fixtures.ts';

const URI = 'https://issuer.example/status/1';

async function token(changes: Partial<StatusToken> = {}, signer: IssuerKey = issuer): Promise<string> {
  const list = new StatusList(2, 1000);
  return signStatusToken({ uri: URI, issuedAtMs: T0, expiresAtMs: T0 + 3_600_000, ttlSeconds: 60, list, ...changes }, signer);
}

const verify = (jwt: string, atMs: number = T0, uri: string = URI) => verifyStatusToken(jwt, trust.keys, { uri, atMs });

describe('status list', () => {
  it('reads the examples of the draft (§4.1, §4.2)', async () => {
    const one = await decodeStatusList({ bits: 1, lst: 'eNrbuRgAAhcBXQ' });
    expect(hex(one.bytes)).toBe('b9a3');
    expect(Array.from({ length: 16 }, (_, i) => one.get(i))).toEqual([1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1]);
    const two = await decodeStatusList({ bits: 2, lst: 'eNo76fITAAPfAgc' });
    expect(Array.from({ length: 12 }, (_, i) => two.get(i))).toEqual([1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3]);
  });

  it('reads the test vector of 2^20 one-bit statuses (draft, appendix)', async () => {
    const lst =
      'eNrt3AENwCAMAEGogklACtKQPg9LugC9k_ACvreiogEAAKkeCQAAAAAAAAAAAAAAAAAAAIBylgQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' +
      'AAXG9IAAAAAAAAAPwsJAAAAAAAAAAAAAAAvhsSAAAAAAAAAAAA7KpLAAAAAAAAAAAAAAAAAAAAAJsLCQAAAAAAAAAAADjelAAAAAAAAAAAKjDMAQAAAACAZC8L2AEb';
    const list = await decodeStatusList({ bits: 1, lst });
    const set = Array.from({ length: list.size }, (_, i) => i).filter((i) => list.get(i) === 1);
    expect(set).toEqual([0, 1993, 25460, 159495, 495669, 554353, 645645, 723232, 854545, 934534, 1000345]);
  });

  it.each([1, 2, 4, 8] as const)('keeps every status of %i bits apart from its neighbours', async (bits) => {
    const list = new StatusList(bits, 50);
    const expected = Array.from({ length: 50 }, (_, i) => (i * 7) % 2 ** bits);
    expected.forEach((status, i) => list.set(i, status));
    const read = await decodeStatusList(await encodeStatusList(list));
    expect(expected.map((_, i) => read.get(i))).toEqual(expected);
    list.set(3, 0);
    expect([list.get(2), list.get(3), list.get(4)]).toEqual([expected[2], 0, expected[4]]);
    expect(() => list.set(0, 2 ** bits)).toThrow('bad-argument');
    expect(list.get(list.size)).toBeNull();
  });

  it('stops inflating at its bound', async () => {
    const bomb = await encodeStatusList(new StatusList(1, 8_000_000));
    expect(bomb.lst.length).toBeLessThan(2000);
    await expect(decodeStatusList(bomb, 10_000)).rejects.toMatchObject({ code: 'status-malformed' });
  });

  it.each([
    ['bits of 3', { bits: 3, lst: 'eNrbuRgAAhcBXQ' }],
    ['no list', { bits: 1 }],
    ['not base64url', { bits: 1, lst: 'eNrbu+' }],
    ['cut short', { bits: 1, lst: 'eNrbuRgAAhc' }],
    ['a wrong checksum', { bits: 1, lst: 'eNrbuRgAAhcBXg' }],
    ['nothing', { bits: 1, lst: '' }],
  ])('refuses %s', async (_, json) => {
    await expect(decodeStatusList(json)).rejects.toMatchObject({ code: 'status-malformed' });
  });
});

describe('status list token', () => {
  it('holds for its place and its time, signed by the issuer', async () => {
    const list = new StatusList(2, 1000);
    list.set(7, StatusType.INVALID);
    const verdict = await verify(await token({ list }), T0 + 1000);
    expect(verdict.ok && verdict.token.list.get(7)).toBe(StatusType.INVALID);
    expect(verdict.ok && verdict.token.ttlSeconds).toBe(60);
  });

  it.each([
    ['before it was issued', () => token(), T0 - 1, URI, 'status-not-yet-valid'],
    ['after it ended', () => token(), T0 + 3_600_001, URI, 'status-expired'],
    ['at no time', () => token(), Number.NaN, URI, 'status-not-yet-valid'],
    ['for another place', () => token(), T0, 'https://issuer.example/status/2', 'status-wrong-uri'],
    ['signed by another issuer', () => token({}, stranger), T0, URI, 'status-bad-signature'],
    ['that is no JWT', async () => 'a.b', T0, URI, 'status-malformed'],
  ])('does not count %s', async (_, make, atMs, uri, code) => {
    expect(await verify(await make(), atMs, uri)).toEqual({ ok: false, code });
  });

  it('does not count with one byte changed', async () => {
    const [head, body, signature] = (await token()).split('.');
    const other = body.slice(0, 20) + (body[20] === 'A' ? 'B' : 'A') + body.slice(21);
    expect(await verify(`${head}.${other}.${signature}`)).toEqual({ ok: false, code: 'status-bad-signature' });
  });

  it('does not take another kind of JWT of the same issuer for a list', async () => {
    const payload = JSON.parse(new TextDecoder().decode(fromBase64url((await token()).split('.')[1])));
    const sign = (typ: string, claims: object) =>
      new CompactSign(utf8(JSON.stringify(claims))).setProtectedHeader({ alg: 'EdDSA', typ }).sign(privateJwk(issuer));
    expect(await verify(await sign('JWT', payload))).toEqual({ ok: false, code: 'status-bad-signature' });
    const { exp, ...endless } = payload;
    expect(await verify(await sign('statuslist+jwt', endless))).toEqual({ ok: false, code: 'status-malformed' });
    expect(await verify(await sign('statuslist+jwt', { ...payload, status_list: { bits: 1, lst: 'x' } }))).toEqual({
      ok: false,
      code: 'status-malformed',
    });
  });

  it('does not count when the key had ended before it was issued', async () => {
    const retired = [{ ...trust.keys[0], exp: T0 / 1000 - 1 }];
    expect(await verifyStatusToken(await token(), retired, { uri: URI, atMs: T0 })).toEqual({
      ok: false,
      code: 'status-bad-signature',
    });
  });
});

describe('status client', () => {
  /** An issuer that revoked card 7 at T0 + 600 s and answers for the past. */
  async function history(): Promise<{ fetch: FetchStatusToken; asked: (number | null)[]; nowMs: { value: number } }> {
    const before = await token({ expiresAtMs: T0 + 600_000 });
    const list = new StatusList(2, 1000);
    list.set(7, StatusType.INVALID);
    list.set(8, StatusType.SUSPENDED);
    list.set(9, 3);
    const after = await token({ list, issuedAtMs: T0 + 600_000, expiresAtMs: T0 + 7_200_000 });
    const asked: (number | null)[] = [];
    const nowMs = { value: T0 };
    const fetch: FetchStatusToken = async (_, time) => {
      asked.push(time);
      const at = time === null ? nowMs.value : time * 1000;
      return at < T0 + 600_000 ? before : after;
    };
    return { fetch, asked, nowMs };
  }

  it('sees a revocation when ttl has passed, and asks no more often', async () => {
    const { fetch, asked, nowMs } = await history();
    const client = new StatusClient({ uri: URI, keys: trust.keys, fetch });
    const at = async (ms: number, index = 7) => {
      nowMs.value = ms;
      return (await client.now(index, ms)).status;
    };
    expect(await at(T0 + 580_000)).toBe('valid');
    expect(await at(T0 + 599_000)).toBe('valid');
    expect(asked).toHaveLength(1);
    expect(await at(T0 + 650_000)).toBe('revoked');
    expect(await at(T0 + 650_000, 8)).toBe('suspended');
    expect(await at(T0 + 650_000, 9)).toBe('revoked');
    expect(asked).toHaveLength(2);
  });

  it('asks before ttl when it is told that something changed, also by a clock that is a little slow', async () => {
    const list = new StatusList(2, 1000);
    list.set(7, StatusType.INVALID);
    const tokens = [await token(), await token({ list, issuedAtMs: T0 + 20_000 })];
    const client = new StatusClient({ uri: URI, keys: trust.keys, fetch: async () => tokens.shift() as string });
    expect((await client.now(7, T0)).status).toBe('valid');
    expect((await client.now(7, T0 + 10_000)).status).toBe('valid');
    expect((await client.now(7, T0 + 10_000, true)).status).toBe('revoked');
  });

  it('judges the past by the list of the past', async () => {
    const { fetch } = await history();
    const client = new StatusClient({ uri: URI, keys: trust.keys, fetch });
    expect(await client.at(7, T0 + 599_000)).toEqual({ status: 'valid' });
    expect(await client.at(7, T0 + 600_000)).toEqual({ status: 'revoked' });
  });

  it('does not believe a list of another time, a failed look-up or an index outside the list', async () => {
    const { fetch } = await history();
    const today: FetchStatusToken = (uri) => fetch(uri, T0 / 1000 + 3000);
    expect(await new StatusClient({ uri: URI, keys: trust.keys, fetch: today }).at(7, T0)).toEqual({
      status: 'unknown',
      code: 'status-not-yet-valid',
    });
    const offline: FetchStatusToken = () => Promise.reject(new Error('offline'));
    expect(await new StatusClient({ uri: URI, keys: trust.keys, fetch: offline }).now(7, T0)).toEqual({
      status: 'unknown',
      code: 'status-unavailable',
    });
    expect(await new StatusClient({ uri: URI, keys: trust.keys, fetch }).now(1000, T0)).toEqual({
      status: 'unknown',
      code: 'status-out-of-range',
    });
  });
});
