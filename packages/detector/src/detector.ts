/** The detector: sound in, identity events and a report out. Samples → features → soft bits → frames → evidence → state. */
import type { ResolvedSession, VerificationChannel } from '@undertone/channel';
import { type HeardSlot, MAX_RATE, MIN_RATE, type RateConverter, Receiver, SLOT_MS, toCoreRate } from '@undertone/signal';
import {
  checkAudience,
  hex,
  PARTS_PER_SLOT,
  parseCard,
  parseClaims,
  type Renewal,
  type SessionRecord,
  type SpanState,
  TokenError,
  type TrustStore,
  verifyCard,
} from '@undertone/token';
import { DetectorError } from './errors.ts';
import type { DetectorEvent } from './events.ts';
import { evidenceFromRecord, LiveEvidence } from './evidence.ts';
import { type Observation, observe } from './heard.ts';
import { type HeardFrame, LaneReader } from './lane-reader.ts';
import { LiveSession } from './live-session.ts';
import { Matcher } from './matcher.ts';
import type { ChannelReport, Finding } from './report.ts';
import { SoundSession } from './sound-session.ts';
import { buildSpans, type Claim, jumps, uncovered } from './spans.ts';
import { SpeechMeter } from './speech-meter.ts';
import type { StatusOf } from './status.ts';

/** Options of {@link createDetector}. */
export interface DetectorOptions {
  /** A whole number, 8000 … 48000 Hz. */
  readonly sampleRate: number;
  readonly trust: TrustStore;
  /** The verification channel beside the call; only with it, and a clock, can anything become `live`. */
  readonly channel?: VerificationChannel;
  /** Sessions known from signalling, so that nothing waits for a locator. */
  readonly expect?: readonly ResolvedSession[];
  /** Session records, for recordings. */
  readonly records?: readonly SessionRecord[];
  /** Identifier from the verifier's own signalling; sets `bound` to `call` when the card names it. */
  readonly audience?: string;
  /** Where to ask whether a card is revoked, for each issuer; without it nobody asks. */
  readonly status?: StatusOf;
  /** Session ids whose card was revoked at the time of the recording: look them up in the status list of that time beforehand. */
  readonly revoked?: ReadonlySet<string>;
  /** Local time in ms, monotonic; default the system's. */
  readonly clock?: () => number;
  /** Number of the audio channel, for the report. */
  readonly channelNumber?: number;
}

/** A streaming detector for one audio channel. */
export interface Detector {
  /** Hears a chunk of mono samples, −1 … 1. @returns what happened since the last call */
  push(chunk: Float32Array): DetectorEvent[];
  /** States of the sessions that are followed live, by session id. */
  states(): ReadonlyMap<string, SpanState>;
  /** Ends the sound and says what was found. */
  report(): ChannelReport;
}

/** Makes a detector. Throws {@link DetectorError}. */
export function createDetector(options: DetectorOptions): Detector {
  const { sampleRate } = options;
  if (!Number.isInteger(sampleRate) || sampleRate < MIN_RATE || sampleRate > MAX_RATE)
    throw new DetectorError(
      'detector-bad-rate',
      `sample rate ${sampleRate} is not a whole number of ${MIN_RATE} … ${MAX_RATE} Hz`,
    );
  return new StreamDetector(options);
}

const SLOT_SECONDS = SLOT_MS / 1000;
const LOCATOR_BYTES = 6;
const SEVERITY: readonly SpanState[] = ['absent', 'live', 'attested', 'claimed', 'stale', 'conflict', 'revoked'];
/** Arrival times kept, one for each push. */
const KEPT_ARRIVALS = 4096;
/** Heard slots of a track that are kept for keys and sessions that become known later: 11 minutes. */
const KEPT_SLOTS = 256;
/** Of these a session that is resolved during a call looks back on so many. */
const RECENT_SLOTS = 32;
/** A frame may last a few parts longer than it takes to read it; from this many unread parts on one was lost. */
const UNREAD_PARTS = 6;
/** Locators asked for at the verification channel in one call: a flood of claims must not become a flood of questions. */
const MAX_RESOLVED = 16;

/** One alignment that is followed. */
interface Track {
  readonly family: number;
  readonly open: LaneReader;
  readonly slots: Observation[];
}

class StreamDetector implements Detector {
  readonly #options: DetectorOptions;
  readonly #clock: () => number;
  readonly #down: RateConverter;
  readonly #receiver = new Receiver();
  readonly #meter = new SpeechMeter();
  readonly #tracks = new Map<number, Track>();
  readonly #claims: Claim[] = [];
  readonly #sound = new Map<string, SoundSession>();
  readonly #matchers: Matcher[] = [];
  readonly #live = new Map<string, LiveSession>();
  readonly #resolved = new Set<string>();
  readonly #findings: Finding[] = [];
  readonly #arrivals: { seconds: number; atMs: number }[] = [];
  #events: DetectorEvent[] = [];
  #samples = 0;
  #report: ChannelReport | null = null;
  #repaired = false;

  constructor(options: DetectorOptions) {
    this.#options = options;
    this.#clock = options.clock ?? (() => performance.timeOrigin + performance.now());
    this.#down = toCoreRate(options.sampleRate);
    for (const record of options.records ?? []) {
      const evidence = evidenceFromRecord(record, options.trust, options.audience);
      if ('code' in evidence) this.#findings.push({ code: evidence.code, detail: 'the session record does not hold' });
      else this.#matchers.push(new Matcher(evidence));
    }
    for (const session of options.expect ?? []) this.#follow(session);
  }

  get #seconds(): number {
    return this.#samples / this.#options.sampleRate;
  }

  push(chunk: Float32Array): DetectorEvent[] {
    if (this.#report) throw new DetectorError('detector-finished', 'the report was made; make a new detector');
    let clean = chunk;
    if (!chunk.every(Number.isFinite)) {
      clean = chunk.map((v) => (Number.isFinite(v) ? v : 0));
      if (!this.#repaired) this.#findings.push({ code: 'samples-repaired', startSeconds: this.#seconds });
      this.#repaired = true;
    }
    this.#samples += chunk.length;
    this.#arrivals.push({ seconds: this.#seconds, atMs: this.#clock() });
    if (this.#arrivals.length > KEPT_ARRIVALS) this.#arrivals.shift();
    this.#hear(this.#down.process(clean));
    for (const session of this.#live.values()) session.hear(null, this.#seconds);
    const events = this.#events;
    this.#events = [];
    return events;
  }

  states(): ReadonlyMap<string, SpanState> {
    return new Map([...this.#live].map(([id, session]) => [id, session.state]));
  }

  #hear(core: Float32Array): void {
    this.#meter.push(core);
    this.#receiver.push(core, (slot) => this.#slot(slot));
  }

  /** Local time when the sample at `seconds` had arrived; null before the times kept. */
  #arrivedMs(seconds: number): number | null {
    if (!this.#options.channel) return null;
    return this.#arrivals.find((a) => a.seconds >= seconds)?.atMs ?? this.#arrivals.at(-1)?.atMs ?? null;
  }

  #slot(slot: HeardSlot): void {
    const end = slot.startSeconds + SLOT_SECONDS;
    const heard = observe(slot, this.#meter, this.#arrivedMs(end));
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
    for (const frame of track.open.push(slot.index, heard.open)) this.#frame(slot, track, frame);
    for (const claim of this.#claims)
      if (claim.track === slot.track && slot.present) claim.endSeconds = Math.min(end, this.#seconds);
    for (const matcher of this.#matchers) matcher.hear(heard);
    for (const session of this.#live.values()) session.hear(heard, this.#seconds);
  }

  #frame(slot: HeardSlot, track: Track, heard: HeardFrame): void {
    const locator = track.open.locator!;
    const known = this.#claims.find((c) => c.track === slot.track);
    if (known) {
      known.frames++;
      known.lost += Math.floor((heard.firstPart - known.lastPart - 1) / UNREAD_PARTS);
      known.lastPart = heard.lastPart;
    } else this.#claim(slot, locator, heard);
    this.#listen(locator, slot.track, track, heard);
  }

  /** Gathers the session from the sound; tracks of one session, before and after a cut, gather together. */
  #listen(locator: Uint8Array, number: number, track: Track, heard: HeardFrame): void {
    const sessionId = hex(locator);
    let session = this.#sound.get(sessionId);
    if (!session) {
      if (this.#sound.size >= MAX_RESOLVED) return;
      session = new SoundSession(locator, this.#options.trust);
      this.#sound.set(sessionId, session);
    }
    const claims = this.#claims.filter((c) => hex(c.locator) === sessionId);
    for (const news of session.hear(number, heard, track.slots)) {
      if (news.type === 'card-refused') this.#find({ code: news.code, detail: 'the card read from the sound' }, sessionId);
      else if (news.type === 'checkpoint') {
        for (const claim of claims) if (claim.track === number) claim.epochs.push(...news.epochs);
        this.#events.push({ type: 'checkpoint', seconds: this.#seconds, sessionId, epochs: news.epochs.length });
        for (const claim of claims) claim.checkpointSeconds ??= this.#seconds;
      } else {
        for (const claim of claims) Object.assign(claim, { issuer: news.issuer.name, cardSeconds: this.#seconds });
        this.#events.push({ type: 'resolved', seconds: this.#seconds, sessionId, issuer: news.issuer.name, agent: null });
      }
    }
  }

  #claim(slot: HeardSlot, locator: Uint8Array, { firstPart, lastPart, information }: HeardFrame): void {
    // Whatever was tried on any track so far could have given this reading by chance.
    const tries = [...this.#tracks.values()].reduce((n, { open }) => n + open.tries, 0);
    const claim: Claim = {
      track: slot.track,
      locator,
      startSeconds: slot.startSeconds - (slot.index - firstPart / PARTS_PER_SLOT) * SLOT_SECONDS,
      readSeconds: this.#seconds,
      falseAlarmProbability: Math.min(1, tries * 2 ** (48 - information)),
      endSeconds: this.#seconds,
      frames: 1,
      lost: 0,
      lastPart,
      issuer: null,
      cardSeconds: null,
      epochs: [],
      checkpointSeconds: null,
    };
    this.#claims.push(claim);
    const sessionId = hex(locator);
    this.#events.push({ type: 'claimed', seconds: this.#seconds, sessionId, falseAlarmProbability: claim.falseAlarmProbability });
    this.#resolve(locator, sessionId);
  }

  #resolve(locator: Uint8Array, sessionId: string): void {
    this.#live.get(sessionId)?.claimed(this.#seconds);
    if (!this.#options.channel || this.#resolved.has(sessionId) || this.#resolved.size >= MAX_RESOLVED) return;
    this.#resolved.add(sessionId);
    this.#options.channel
      .resolve(locator)
      .then((sessions) => {
        for (const session of sessions.slice(0, 8)) this.#follow(session);
        this.#live.get(sessionId)?.claimed(this.#seconds);
      })
      .catch((error: unknown) => this.#find({ code: 'resolve-failed', detail: String(error) }, sessionId));
  }

  /** Begins to follow a session if its card holds. @param announced by a session that is followed: it may begin later */
  #follow(session: ResolvedSession, announced = false): void {
    const { channel, trust, audience } = this.#options;
    if (!channel) return;
    try {
      const card = parseCard(session.card);
      const claims = session.claims === null ? null : parseClaims(session.claims);
      const sessionId = hex(card.locator);
      if (this.#live.has(sessionId)) return;
      const atMs = announced ? Math.max(this.#clock(), card.t0Ms) : this.#clock();
      const verdict = verifyCard(card, trust, { atMs, ...(claims ? { claims } : {}) });
      if (!verdict.ok) {
        this.#find({ code: verdict.code }, sessionId);
        return;
      }
      const bound = audience !== undefined && claims && checkAudience(claims, audience) === null ? 'call' : 'none';
      const evidence = new LiveEvidence(card, verdict.issuer, claims, bound);
      const live = new LiveSession(evidence, {
        channel,
        clock: this.#clock,
        emit: (event) => this.#events.push(event),
        status: this.#options.status?.(verdict.issuer) ?? null,
        onRenewal: (old, renewal) => this.#renew(old, renewal),
      });
      this.#live.set(sessionId, live);
      for (const { slots } of this.#tracks.values())
        for (const heard of slots.slice(-RECENT_SLOTS)) live.hear(heard, this.#seconds);
      this.#events.push({
        type: 'resolved',
        seconds: this.#seconds,
        sessionId,
        issuer: verdict.issuer.name,
        agent: claims?.agent ?? null,
      });
    } catch (error) {
      if (!(error instanceof TokenError)) throw error;
      this.#find({ code: error.code }, null);
    }
  }

  /** Follows the session that was announced to continue another, from before its first slot. */
  #renew(old: LiveSession, renewal: Renewal): void {
    this.#options.channel
      ?.resolve(renewal.nextCardHash.slice(0, LOCATOR_BYTES))
      .then((sessions) => {
        for (const session of sessions.slice(0, 8)) this.#follow(session, true);
        const next = this.#live.get(hex(renewal.nextCardHash.slice(0, LOCATOR_BYTES)));
        const code = next ? old.succeed(next, renewal) : 'next-card-unknown';
        if (code) this.#find({ code }, old.sessionId);
      })
      .catch((error: unknown) => this.#find({ code: 'resolve-failed', detail: String(error) }, old.sessionId));
  }

  #find(finding: Finding, sessionId: string | null): void {
    this.#findings.push(finding);
    this.#events.push({ type: 'finding', seconds: this.#seconds, sessionId, finding });
  }

  report(): ChannelReport {
    if (this.#report) return this.#report;
    this.#hear(this.#down.flush());
    this.#receiver.finish((slot) => this.#slot(slot));
    const matches = [...this.#matchers, ...[...this.#live.values()].map((l) => l.matcher)].flatMap((m) => m.matches);
    const given = this.#matchers.map((m) => hex(m.evidence.card.locator));
    const mismatch = (claim: Claim): Finding[] =>
      given.length > 0 && !given.includes(hex(claim.locator))
        ? [{ code: 'session-mismatch', detail: 'the sound names another session' }]
        : [];
    const revoked = new Set(this.#options.revoked ?? []);
    for (const [id, { state }] of this.#live) if (state === 'revoked') revoked.add(id);
    const spans = buildSpans(matches, this.#claims, mismatch, revoked);
    const findings = [...this.#findings, ...jumps(matches)];
    findings.push(...uncovered(spans, this.#meter, this.#seconds));
    if (new Set(spans.map((s) => s.sessionId)).size > 1) findings.push({ code: 'several-sessions' });
    const speech = this.#meter.seconds();
    let marked = 0;
    for (const s of spans)
      if (s.state !== 'conflict') {
        marked += this.#meter.seconds(s.startSeconds, s.endSeconds);
        for (const f of s.findings) if (f.code === 'unmarked-speech') marked -= this.#meter.seconds(f.startSeconds, f.endSeconds);
      }
    this.#report = {
      channel: this.#options.channelNumber ?? 0,
      state: spans.reduce<SpanState>(
        (worst, s) => (SEVERITY.indexOf(s.state) > SEVERITY.indexOf(worst) ? s.state : worst),
        'absent',
      ),
      speechSeconds: speech,
      unmarkedSpeechSeconds: Math.max(0, speech - marked),
      spans,
      findings,
      absenceProvesNothing: true,
    };
    for (const session of this.#live.values()) session.close();
    return this.#report;
  }
}
