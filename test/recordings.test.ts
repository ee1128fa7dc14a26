import { mp3RoundTrip, opusRoundTrip } from '@undertone/audio';
import { type ChannelReport, createDetector, detect, judgePast } from '@undertone/detector';
import {
  createRecord,
  createSessionRecord,
  generateIssuerKey,
  hex,
  parseSessionRecord,
  parseTrust,
  publicJwk,
  type SessionRecord,
  type SlotRecord,
  serializeSessionRecord,
} from '@undertone/token';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Call, markCall, RATE, speech, telephone, trust } from './call.ts';

let plain: Float32Array;
let call: Call;
let other: Call;

beforeAll(async () => {
  plain = await speech('it-m');
  call = markCall(plain);
  other = markCall(await speech('ru-f'));
});

/** What would have been signed of other words, in which half of the comparisons go the other way. */
function withOtherWords({ session, sessionRecord }: Call): SessionRecord {
  const sign = (message: Uint8Array): Uint8Array => session.signWithSessionKey(message);
  const records: SlotRecord[] = [];
  for (const { digest, ...record } of sessionRecord.records)
    records.push(
      createRecord(
        { ...record, digest: digest.map((byte) => byte ^ 0x55), previousHash: records.at(-1)?.hash ?? new Uint8Array(32) },
        sign,
      ),
    );
  return createSessionRecord({ ...sessionRecord, records }, sign);
}

const codes = (r: ChannelReport): string[] => [...r.findings, ...r.spans.flatMap((s) => s.findings)].map((f) => f.code);

describe('a recording with its session record', () => {
  const CHANNELS: [string, number, (x: Float32Array) => Promise<Float32Array>][] = [
    ['µ-law 8 kHz', 8000, async (x) => telephone(x)],
    ['Opus 24 kbit/s VOIP', RATE, (x) => opusRoundTrip(x, RATE, { bitrate: 24000 })],
    ['Opus with 3 % of the packets lost', RATE, (x) => opusRoundTrip(x, RATE, { bitrate: 24000, lossRate: 0.03 })],
    ['MP3 32 kbit/s', RATE, (x) => mp3RoundTrip(x, RATE, 32)],
  ];
  for (const [name, sampleRate, through] of CHANNELS)
    it(`is attested with full content and edges within a second after ${name}`, async () => {
      const report = detect(await through(call.samples), { sampleRate, trust, records: [call.sessionRecord] });
      expect(report.state).toBe('attested');
      expect(report.spans).toHaveLength(1);
      const [span] = report.spans;
      expect(span).toMatchObject({
        content: 'full',
        agent: 'concierge',
        issuer: 'Test Issuer',
        scope: ['a:read'],
        bound: 'none',
        time: 'asserted',
      });
      expect(span.startSeconds).toBeLessThan(1);
      expect(span.endSeconds).toBeGreaterThan(29);
      expect(span.falseAlarmProbability).toBeLessThan(1e-9);
      expect(span.firstClaimedSeconds).toBeLessThan(25);
    });

  it('does not mind gain, polarity, a cut beginning, or another sample rate', () => {
    const heard = telephone(call.samples)
      .slice(12_345)
      .map((v) => -0.3 * v);
    expect(detect(heard, { sampleRate: 8000, trust, records: [call.sessionRecord] })).toMatchObject({ state: 'attested' });
  });

  it('says the same whatever the chunks', () => {
    const heard = telephone(call.samples).subarray(0, 8000 * 12);
    const whole = detect(heard, { sampleRate: 8000, trust, records: [call.sessionRecord] });
    for (const chunk of [777, 160, 96_000]) {
      const detector = createDetector({ sampleRate: 8000, trust, records: [call.sessionRecord] });
      for (let at = 0; at < heard.length; at += chunk) detector.push(heard.subarray(at, at + chunk));
      // When a locator is read is told to the chunk; everything else is the same to the bit.
      const spans = detector.report().spans.map((s) => ({ ...s, firstClaimedSeconds: 0 }));
      expect(spans).toEqual(whole.spans.map((s) => ({ ...s, firstClaimedSeconds: 0 })));
    }
  });
});

describe('what must never be verified', () => {
  const heard = (): Float32Array => telephone(call.samples);
  const options = (record = call.sessionRecord) => ({ sampleRate: 8000, trust, records: [record] });

  it('the right sound with the wrong session record', () => {
    const report = detect(heard(), options(other.sessionRecord));
    expect(report.state).toBe('claimed');
    expect(codes(report)).toContain('session-mismatch');
  });
  it('sound without a mark', () => {
    const report = detect(telephone(plain), options());
    expect(report).toMatchObject({ state: 'absent', spans: [], absenceProvesNothing: true });
    expect(report.unmarkedSpeechSeconds).toBeCloseTo(report.speechSeconds);
  });
  it('sound alone: a claim, no more', () => {
    expect(detect(heard(), { sampleRate: 8000, trust })).toMatchObject({
      state: 'claimed',
      spans: [{ issuer: null, content: 'none' }],
    });
  });
  it('a card with one byte changed', () => {
    const json = serializeSessionRecord(call.sessionRecord);
    const card = Buffer.from(json.card, 'base64url');
    card[50] ^= 1;
    const report = detect(heard(), options(parseSessionRecord({ ...json, card: card.toString('base64url') })));
    expect(report.state).toBe('claimed');
    expect(codes(report)).toContain('card-bad-signature');
  });
  it('a card of an issuer that is not trusted', () => {
    const report = detect(heard(), { ...options(), trust: parseTrust(publicJwk(generateIssuerKey('Stranger'))) });
    expect(report.state).toBe('claimed');
    expect(codes(report)).toContain('issuer-unknown');
  });
  it('the right sound of a card that was revoked at that time', () => {
    const sessionId = hex(call.session.locator);
    const status = { during: { status: 'revoked' }, fromStart: true, later: null, laterMs: 0 } as const;
    const report = judgePast(detect(heard(), options()), new Map([[sessionId, { status, log: null }]]));
    expect(report.state).toBe('revoked');
    expect(report.spans).toMatchObject([{ state: 'revoked', sessionId, findings: [{ code: 'card-revoked' }] }]);
  });
  it('other words, though in no slot enough of them are left for a verdict', () => {
    const word = 0.64;
    const words = heard().map((v, i) => ((i / 8000) % 2.56 < word ? v : 0));
    const found = (record: SessionRecord) => detect(words, options(record)).spans.map(({ state }) => state);
    expect(found(call.sessionRecord)).toEqual(['attested']);
    expect(found(withOtherWords(call))).toEqual(['conflict']);
  });
  it('unmarked speech put into the middle, which is reported', () => {
    const spliced = heard();
    spliced.set(telephone(plain).subarray(8000 * 2, 8000 * 8), 8000 * 12);
    const report = detect(spliced, options());
    expect(codes(report)).toContain('unmarked-speech');
    expect(report.unmarkedSpeechSeconds).toBeGreaterThan(3);
  });
  it('silence, noise and a few samples', () => {
    for (const samples of [
      new Float32Array(80_000),
      Float32Array.from({ length: 80_000 }, (_, i) => Math.sin(i * i) * 0.3),
      new Float32Array(3),
    ])
      expect(detect(samples, options()).spans).toEqual([]);
  });
  it('samples that are not numbers, which are taken as silence', () => {
    const broken = heard();
    broken.fill(Number.NaN, 1000, 2000);
    broken[5000] = Number.POSITIVE_INFINITY;
    expect(codes(detect(broken, options()))).toContain('samples-repaired');
  });
});
