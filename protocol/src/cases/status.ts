/** Vectors of status lists. */
import { base64url, concat, u16, u32 } from '@undertone/token';
import type { Plan } from '../generate/builder.ts';
import { issuer, otherIssuer, signJws, T0, trust } from '../generate/fixture.ts';

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

export const statusPlans: readonly Plan[] = [status, statusRead];
