import { createSession, generateIssuerKey, renewSession, type Session, type SlotRecord, verifyRecord } from '@undertone/token';
import { describe, expect, it } from 'vitest';
import { createEncoder, EncoderError, type EncoderOptions } from '../src/index.ts';

const issuer = generateIssuerKey('x');
/** The same secrets every time, so that two encoders can be compared. */
const session = (): Session =>
  createSession({ issuer, agent: 'a', t0Ms: Date.UTC(2026, 0, 1), random: (n) => new Uint8Array(n).fill(7) });
const voice = (seconds: number, rate: number): Float32Array =>
  Float32Array.from({ length: seconds * rate }, (_, i) => {
    const t = i / rate;
    let v = 0;
    for (let h = 1; h < 25; h++) v += Math.sin(2 * Math.PI * h * (130 * t + 8 * Math.sin(3 * t))) / h;
    return 0.08 * v * (0.55 + 0.45 * Math.sin(2 * Math.PI * 4 * t));
  });
function run(x: Float32Array, chunk: number, options: EncoderOptions): Float32Array {
  const encoder = createEncoder(options);
  const parts: number[] = [];
  for (let at = 0; at < x.length; at += chunk) parts.push(...encoder.process(x.subarray(at, at + chunk)));
  parts.push(...encoder.flush());
  return Float32Array.from(parts);
}

describe('the encoder', () => {
  for (const sampleRate of [8000, 16000, 22050, 24000, 44100, 48000])
    for (const [lookahead, mostMs] of [
      ['20ms', 20],
      ['frame', 100],
    ] as const)
      it(`depends on input at most ${mostMs} ms ahead at ${sampleRate} Hz`, () => {
        const x = voice(1, sampleRate);
        const options = () => ({ session: session(), sampleRate, lookahead });
        const latency = createEncoder(options()).latencySamples;
        expect((latency / sampleRate) * 1000).toBeLessThanOrEqual(mostMs);
        // What comes after a sample plus the latency cannot change it: it has not gone in yet.
        const at = Math.floor(0.6 * sampleRate);
        const y = x.slice();
        y.fill(0.5, at);
        const [a, b] = [run(x, 160, options()), run(y, 160, options())];
        expect(b.subarray(0, at)).toEqual(a.subarray(0, at));
      });
  it('gives the same whatever the chunks, and as many samples as it took', () => {
    const x = voice(3, 16000);
    const options = () => ({ session: session(), sampleRate: 16000 });
    const whole = run(x, x.length, options());
    expect(whole).toHaveLength(x.length + createEncoder(options()).latencySamples);
    for (const chunk of [1, 7, 320, 1999])
      expect(run(x.subarray(0, 16000), chunk, options()).subarray(0, 15000)).toEqual(whole.subarray(0, 15000));
  });
  for (const [sampleRate, lookahead] of [
    [8000, '20ms'],
    [24000, '20ms'],
    [24000, 'frame'],
    [44100, '20ms'],
    [48000, '20ms'],
  ] as const)
    it(`is 5 ms faster with chunks of a fixed length, at ${sampleRate} Hz, ${lookahead}`, () => {
      const x = voice(6, sampleRate);
      const options = (chunkSamples?: number) => ({
        ...{ session: session(), sampleRate, lookahead },
        ...(chunkSamples === undefined ? {} : { chunkSamples }),
      });
      const chunk = sampleRate / 50;
      const [encoder, any] = [createEncoder(options(chunk)), createEncoder(options())];
      expect(((any.latencySamples - encoder.latencySamples) * 1000) / sampleRate).toBeCloseTo(5, 0);
      for (let at = 0; at < x.length; at += chunk) {
        encoder.process(x.subarray(at, at + chunk));
        any.process(x.subarray(at, at + chunk));
      }
      encoder.flush();
      any.flush();
      // The same mark, on steps that lie elsewhere in the speech.
      expect(Math.abs(encoder.stats().bitsPerSecond / any.stats().bitsPerSecond - 1)).toBeLessThan(0.1);
      expect(() => createEncoder(options(chunk)).process(new Float32Array(chunk + 1))).toThrow(EncoderError);
      expect(() => createEncoder(options(chunk + 1))).toThrow(EncoderError);
    });
  it('signs a record for every slot, the last one too', () => {
    const s = session();
    const slots: number[] = [];
    run(voice(6, 8000), 800, {
      session: s,
      sampleRate: 8000,
      onRecord: (r) => {
        slots.push(r.slot);
        expect(verifyRecord(r, s.card)).toEqual({ ok: true });
      },
    });
    expect(slots).toEqual([1, 2, 3]);
  });
  it('signs the same records whatever the chunks, each within 0.5 s of its slot', () => {
    const x = voice(11, 8000);
    const recordsOf = (chunk: number) => {
      const records: string[] = [];
      const encoder = createEncoder({
        session: session(),
        sampleRate: 8000,
        lookahead: 'frame',
        onRecord: (r) => records.push(Buffer.from(r.bytes).toString('hex')),
      });
      const atTimes: number[] = [];
      for (let at = 0; at < x.length; at += chunk) {
        encoder.process(x.subarray(at, at + chunk));
        while (atTimes.length < records.length) atTimes.push((at + chunk) / 8000);
      }
      encoder.flush();
      return { records, late: Math.max(...atTimes.map((t, i) => t - 2.56 * (i + 1))) };
    };
    const quanta = recordsOf(21);
    expect(quanta.records).toHaveLength(5);
    expect(quanta.late).toBeLessThan(0.5);
    for (const chunk of [160, 8000]) expect(recordsOf(chunk).records).toEqual(quanta.records);
  });
  it('signs an interruption as one, and drops what was not given out', () => {
    const s = session();
    const states: string[] = [];
    const encoder = createEncoder({ session: s, sampleRate: 8000, onRecord: (r) => states.push(r.state) });
    encoder.process(voice(1, 8000));
    encoder.interrupt();
    expect(encoder.process(new Float32Array(encoder.latencySamples)).every((v) => v === 0)).toBe(true);
    encoder.process(voice(4, 8000));
    encoder.flush();
    expect(states[0]).toBe('interrupted');
  });
  it('goes on with the next slot after a reset', () => {
    const s = session();
    const slots: number[] = [];
    const encoder = createEncoder({ session: s, sampleRate: 8000, onRecord: (r) => slots.push(r.slot) });
    encoder.process(voice(3, 8000));
    encoder.reset();
    encoder.process(voice(3, 8000));
    encoder.flush();
    expect(slots).toEqual([1, 2, 3, 4]);
  });
  it('goes on under the session that renews its own: records of both, and the same voice as under one', () => {
    const x = voice(10, 8000);
    const [first, lastSlot] = [session(), 2];
    const { session: next } = renewSession(first, { issuer, lastSlot, reason: 'time' });
    const records: SlotRecord[] = [];
    const ended: Session[] = [];
    const encoder = createEncoder({
      session: first,
      sampleRate: 8000,
      onRecord: (record) => records.push(record),
      onSessionEnd: (over) => ended.push(over),
    });
    const out = [encoder.process(x.subarray(0, 3 * 8000))];
    expect(encoder.renew(next, lastSlot)).toBe(true);
    out.push(encoder.process(x.subarray(3 * 8000)));
    expect(ended).toEqual([first]);
    out.push(encoder.flush());
    expect(ended).toEqual([first, next]);
    const card = (slots: number, of: Session) => Array.from({ length: slots }, () => of.card);
    const cards = [...card(2, first), ...card(2, next)];
    expect(records.map(({ slot }) => slot)).toEqual([1, 2, 1, 2]);
    expect(records.map((record, i) => verifyRecord(record, cards[i]))).toEqual(Array(4).fill({ ok: true }));
    expect(encoder.stats()).toMatchObject({ slots: 4, framesMarked: 4 * 32 });
    // Up to the handover nothing of the sound differs; windows reach a little over it.
    const alone = run(x, 8000, { session: session(), sampleRate: 8000 });
    const cut = Math.floor((lastSlot * 2.56 - 0.1) * 8000);
    expect(out[0].length).toBeLessThan(cut);
    expect(Float32Array.from(out.flatMap((part) => [...part])).subarray(0, cut)).toEqual(alone.subarray(0, cut));
  });
  it('refuses a session that does not continue it, and one that comes when it would have begun', () => {
    const first = session();
    const encoder = createEncoder({ session: first, sampleRate: 8000 });
    encoder.process(voice(3, 8000));
    const { session: next } = renewSession(first, { issuer, lastSlot: 2, reason: 'time' });
    for (const [wrong, lastSlot] of [
      [next, 3],
      [next, first.slots + 1],
      [createSession({ issuer, agent: 'a', t0Ms: next.card.t0Ms, family: (first.card.family + 1) % 4 }), 2],
    ] as const)
      expect(() => encoder.renew(wrong, lastSlot)).toThrow(expect.objectContaining({ code: 'encoder-not-next' }));
    const late = renewSession(first, { issuer, lastSlot: 1, reason: 'time' });
    expect(encoder.renew(late.session, 1)).toBe(false);
    expect(encoder.renew(next, 2)).toBe(true);
  });
  it('says that the speech carries nothing, and that the card is over', () => {
    const notices: string[] = [];
    const short = createSession({ issuer: generateIssuerKey('x'), agent: 'a', t0Ms: Date.UTC(2026, 0, 1), durationSeconds: 20 });
    const encoder = createEncoder({ session: short, sampleRate: 8000, onNotice: (n) => notices.push(n.code) });
    // A low hum is loud and has nothing in the bands that carry the mark.
    for (let i = 0; i < 26; i++)
      encoder.process(Float32Array.from({ length: 8000 }, (_, k) => 0.5 * Math.sin((2 * Math.PI * 50 * k) / 8000)));
    expect(notices).toContain('speech-not-carrying');
    expect(notices).toContain('session-ended');
  });
  it('refuses rates it cannot mark, and sound after the end; samples that are not numbers are silence', () => {
    for (const sampleRate of [0, 7999, 48001, Number.NaN])
      expect(() => createEncoder({ session: session(), sampleRate })).toThrow(EncoderError);
    const encoder = createEncoder({ session: session(), sampleRate: 8000 });
    expect(encoder.process(new Float32Array(400).fill(Number.NaN)).every((v) => v === 0)).toBe(true);
    encoder.flush();
    expect(() => encoder.process(new Float32Array(1))).toThrow(expect.objectContaining({ code: 'encoder-finished' }));
  });
});
