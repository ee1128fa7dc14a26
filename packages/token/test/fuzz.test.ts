import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  checkpointFromSymbols,
  decodeAuth,
  decodeFrame,
  fromBase64url,
  fromHex,
  fromUtf8,
  parseCard,
  parseCheckpoint,
  parseClaims,
  parseClaimsText,
  parsePrivateJwk,
  parseRecord,
  parseSessionRecord,
  parseSessionRecordText,
  parseTrust,
  privateJwk,
  publicJwk,
  serializeSessionRecord,
  TokenError,
  verifyCard,
  verifySessionRecord,
} from '../src/index.ts';
import { imported, issuer, session, T0, trust } from './fixtures.ts';

/** Runs a parser; anything but a value or a TokenError fails the test. */
function quiet(parse: () => unknown): void {
  try {
    parse();
  } catch (error) {
    expect(error).toBeInstanceOf(TokenError);
  }
}

const made = session({ durationSeconds: 30, imported, agent: 'agent-7' });
const record = made.createRecord({
  slot: 1,
  sentMap: 1,
  sealedBits: new Uint8Array(8),
  digest: new Uint8Array(64),
  state: 'void',
});
const full = serializeSessionRecord({
  card: made.card,
  claims: made.claims,
  jwt: made.jwt,
  records: [record],
  key: { slot: 1, key: made.keyForSlot(1) },
  checkpoints: [],
  signature: new Uint8Array(64),
});
const runs = { numRuns: 300 };

describe('hostile input', () => {
  it('as bytes gives a value or a TokenError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        for (const parse of [parseCard, parseRecord, parseCheckpoint, fromUtf8, decodeAuth]) quiet(() => parse(bytes));
        quiet(() => decodeFrame(bytes, 'open', bytes));
        quiet(() => checkpointFromSymbols([bytes]));
        expect(verifyCard(bytes, trust, { atMs: T0 }).ok).toBe(false);
      }),
      runs,
    );
  });

  it('cut short anywhere gives a value or a TokenError', () => {
    for (let size = 0; size < 162; size++)
      expect(verifyCard(made.card.bytes.slice(0, size), trust, { atMs: T0 })).toEqual({ ok: false, code: 'card-bad-length' });
    for (let size = 0; size < 216; size++) expect(() => parseRecord(record.bytes.slice(0, size))).toThrow(TokenError);
    const text = JSON.stringify(full);
    for (let size = 0; size < text.length; size += 7)
      expect(() => parseSessionRecordText(text.slice(0, size))).toThrow(TokenError);
  });

  it('as text gives a value or a TokenError', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        for (const parse of [fromHex, fromBase64url, parseClaimsText, parseSessionRecordText]) quiet(() => parse(text));
      }),
      runs,
    );
  });

  const jsonParsers = [parseTrust, parseClaims, parsePrivateJwk, parseSessionRecord];
  it('as JSON gives a value or a TokenError', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (json) => {
        for (const parse of jsonParsers) quiet(() => parse(json));
      }),
      runs,
    );
  });

  it('with one member of a good value replaced gives a value or a TokenError', () => {
    const goods: readonly (readonly [object, (json: unknown) => unknown])[] = [
      [full, (json) => verifySessionRecord(parseSessionRecord(json), trust)],
      [made.claims, parseClaims],
      [publicJwk(issuer), parseTrust],
      [privateJwk(issuer), parsePrivateJwk],
    ];
    for (const [good, parse] of goods) {
      fc.assert(
        fc.property(fc.constantFrom(...Object.keys(good)), fc.jsonValue({ maxDepth: 3 }), (name, value) =>
          quiet(() => parse({ ...good, [name]: value })),
        ),
        { numRuns: 100 },
      );
    }
  });

  it('nested without end is refused, not followed', () => {
    let deep: unknown = 1;
    for (let i = 0; i < 5000; i++) deep = { deep };
    for (const parse of jsonParsers) expect(() => parse({ ...made.claims, constraints: deep })).toThrow(TokenError);
    const text = `${'['.repeat(20000)}${']'.repeat(20000)}`;
    quiet(() => parseClaimsText(text));
    quiet(() => parseSessionRecordText(text));
  });
});
