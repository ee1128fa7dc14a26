/** The detector's flow: samples → features → soft bits → frames → evidence → state. */
import {
  type HeardSlot,
  MAX_RATE,
  MIN_RATE,
  type RateConverter,
  Receiver,
  type RowDemodulator,
  SLOT_MS,
  toCoreRate,
} from '@undertone/signal';
import { checkNonce, randomBytes, type SpanState } from '@undertone/token';
import { Arrivals } from './arrivals.ts';
import { Claims, type Track } from './claims.ts';
import type { Detector, DetectorOptions } from './detector.ts';
import { DetectorError } from './errors.ts';
import type { DetectorEvent } from './events.ts';
import { evidenceFromRecord } from './evidence.ts';
import { observe } from './heard.ts';
import { LaneReader } from './lane-reader.ts';
import { LiveSessions } from './live-sessions.ts';
import { makeReport } from './make-report.ts';
import { Matcher } from './matcher.ts';
import type { ChannelReport, Finding } from './report.ts';
import { SentVoice } from './sent-voice.ts';
import { SpeechMeter } from './speech-meter.ts';

const SLOT_SECONDS = SLOT_MS / 1000;
/** Heard slots of a track that are kept for keys and sessions that become known later: 11 minutes. */
const KEPT_SLOTS = 256;
/** Of these a session that is resolved during a call looks back on so many. */
const RECENT_SLOTS = 32;
const NONCE_BYTES = 16;

/** Samples as they are heard: NaN and infinities count as 0. @returns the chunk itself where nothing is wrong */
export const finite = (chunk: Float32Array): Float32Array =>
  chunk.every(Number.isFinite) ? chunk : chunk.map((v) => (Number.isFinite(v) ? v : 0));

export class StreamDetector implements Detector {
  readonly #options: DetectorOptions;
  readonly #clock: () => number;
  readonly #down: RateConverter;
  readonly #receiver: Receiver;
  readonly #meter = new SpeechMeter();
  readonly #tracks = new Map<number, Track>();
  readonly #claims: Claims;
  readonly #matchers: Matcher[] = [];
  readonly #live: LiveSessions | null;
  readonly #findings: Finding[] = [];
  readonly #arrivals = new Arrivals();
  #sent: SentVoice | null = null;
  #events: DetectorEvent[] = [];
  #samples = 0;
  #report: ChannelReport | null = null;
  #repaired = false;

  /** @param demodulators one for each grid of the receiver; default its own */
  constructor(options: DetectorOptions, demodulators?: readonly RowDemodulator[]) {
    const { sampleRate, channel, trust, audience, status } = options;
    if (!Number.isInteger(sampleRate) || sampleRate < MIN_RATE || sampleRate > MAX_RATE)
      throw new DetectorError(
        'detector-bad-rate',
        `sample rate ${sampleRate} is not a whole number of ${MIN_RATE} … ${MAX_RATE} Hz`,
      );
    this.#options = options;
    this.#receiver = new Receiver(undefined, demodulators);
    this.#clock = options.clock ?? (() => performance.timeOrigin + performance.now());
    this.#down = toCoreRate(sampleRate);
    for (const record of options.records ?? []) {
      const evidence = evidenceFromRecord(record, trust, audience);
      if ('code' in evidence) this.#findings.push({ code: evidence.code, detail: 'the session record does not hold' });
      else {
        this.#matchers.push(new Matcher(evidence));
        this.#findings.push(...evidence.findings);
      }
    }
    this.#live = channel
      ? new LiveSessions({
          channel,
          trust,
          audience,
          status,
          clock: this.#clock,
          seconds: () => this.#seconds,
          emit: (event) => this.#events.push(event),
          find: (finding, sessionId) => this.#find(finding, sessionId),
          recent: () => [...this.#tracks.values()].flatMap(({ slots }) => slots.slice(-RECENT_SLOTS)),
          sent: () => this.#sent,
        })
      : null;
    this.#claims = new Claims({
      trust,
      seconds: () => this.#seconds,
      emit: (event) => this.#events.push(event),
      find: (finding, sessionId) => this.#find(finding, sessionId),
      tries: () => [...this.#tracks.values()].reduce((n, { open }) => n + open.tries, 0),
      claimed: (locator) => this.#live?.claimed(locator),
    });
    for (const session of options.expect ?? []) this.#live?.follow(session);
  }

  get #seconds(): number {
    return this.#samples / this.#options.sampleRate;
  }

  push(chunk: Float32Array): DetectorEvent[] {
    if (this.#report) throw new DetectorError('detector-finished', 'the report was made; make a new detector');
    const clean = finite(chunk);
    if (clean !== chunk) {
      if (!this.#repaired) this.#findings.push({ code: 'samples-repaired', startSeconds: this.#seconds });
      this.#repaired = true;
    }
    this.#samples += chunk.length;
    if (this.#live) this.#arrivals.note(this.#seconds, this.#clock());
    this.#hear(this.#down.process(clean));
    for (const session of this.#live?.all ?? []) session.hear(null, this.#seconds);
    const events = this.#events;
    this.#events = [];
    return events;
  }

  sent(chunk: Float32Array): void {
    this.#sent ??= new SentVoice(this.#options.sampleRate, this.#seconds);
    this.#sent.push(finite(chunk));
  }

  challenge(sessionId: string, nonce: Uint8Array = randomBytes(NONCE_BYTES)): void {
    checkNonce(nonce);
    const session = this.#live?.get(sessionId);
    if (!session) throw new DetectorError('detector-unknown-session', `session ${sessionId} is not followed`);
    void session.challenge(nonce);
  }

  states(): ReadonlyMap<string, SpanState> {
    return new Map([...(this.#live?.all ?? [])].map(({ sessionId, state }) => [sessionId, state]));
  }

  #hear(core: Float32Array): void {
    this.#meter.push(core);
    this.#receiver.push(core, (slot) => this.#slot(slot));
  }

  #slot(slot: HeardSlot): void {
    const end = slot.startSeconds + SLOT_SECONDS;
    const heard = observe(slot, this.#meter, this.#live ? this.#arrivals.at(end) : null);
    let track = this.#tracks.get(slot.track);
    if (!track) {
      const { family } = slot;
      if (![...this.#tracks.values()].some((t) => t.family === family))
        this.#events.push({ type: 'mark', seconds: this.#seconds, family });
      track = { family, open: new LaneReader('open'), slots: [] };
      this.#tracks.set(slot.track, track);
    }
    track.slots.push(heard);
    if (track.slots.length > KEPT_SLOTS) track.slots.shift();
    for (const frame of track.open.push(slot.index, heard.open)) this.#claims.frame(slot, track, frame);
    if (slot.present) this.#claims.present(slot.track, Math.min(end, this.#seconds));
    for (const matcher of this.#matchers) matcher.hear(heard);
    for (const session of this.#live?.all ?? []) session.hear(heard, this.#seconds);
  }

  #find(finding: Finding, sessionId: string | null): void {
    this.#findings.push(finding);
    this.#events.push({ type: 'finding', seconds: this.#seconds, sessionId, finding });
  }

  report(): ChannelReport {
    if (this.#report) return this.#report;
    this.#hear(this.#down.flush());
    this.#receiver.finish((slot) => this.#slot(slot));
    const live = [...(this.#live?.all ?? [])];
    this.#report = makeReport({
      channel: this.#options.channelNumber ?? 0,
      seconds: this.#seconds,
      meter: this.#meter,
      matchers: this.#matchers,
      live,
      claims: this.#claims.all,
      findings: this.#findings,
    });
    for (const session of live) session.close();
    return this.#report;
  }
}
