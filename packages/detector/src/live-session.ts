/** One session during a call: its evidence from the verification channel, what matches and what was proven, and the state that follows. */
import type { VerificationChannel } from '@undertone/channel';
import {
  FRAMES_PER_SLOT,
  hex,
  type MatchInformation,
  type Renewal,
  type SpanEvent,
  type SpanState,
  STALE_AFTER_MS,
  type SuccessionFailure,
  transition,
  verifySuccession,
} from '@undertone/token';
import { ClockWatch } from './clock-watch.ts';
import type { DetectorEvent, EventOfSession } from './events.ts';
import type { LiveEvidence } from './evidence.ts';
import { isFindingCode } from './finding-codes.ts';
import type { Observation } from './heard.ts';
import { MatchJudge } from './match-judge.ts';
import { type Match, Matcher } from './matcher.ts';
import { ProofWatch } from './proof-watch.ts';
import type { Finding } from './report.ts';
import { SealedJudge } from './sealed-judge.ts';
import type { SentVoice } from './sent-voice.ts';
import { SessionNotices } from './session-notices.ts';
import { type StatusSource, StatusWatch } from './status.ts';

/** W of a slot that lies after the session's end. */
const NOTHING: MatchInformation = { total: 0, perFrame: new Float32Array(FRAMES_PER_SLOT) };

/** What a session needs around it. */
export interface LiveContext {
  readonly channel: VerificationChannel;
  /** Local time in ms, monotonic. */
  readonly clock: () => number;
  readonly emit: (event: DetectorEvent) => void;
  readonly status: StatusSource | null;
  /** This side's own voice, if it is given. */
  readonly sent: () => SentVoice | null;
  /** The session announced the card that follows; whoever holds the sessions may find it and call {@link LiveSession.succeed}. */
  readonly onRenewal: (session: LiveSession, renewal: Renewal) => void;
}

/** Follows one session live. */
export class LiveSession {
  readonly evidence: LiveEvidence;
  readonly matcher: Matcher;
  readonly sessionId: string;
  state: SpanState = 'absent';
  readonly sealed: SealedJudge;
  readonly #context: LiveContext;
  readonly #watch: ProofWatch;
  readonly #clock: ClockWatch;
  readonly #status: StatusWatch | null;
  readonly #close: () => void;
  readonly #said = new Set<string>();
  readonly #judge = new MatchJudge();
  #announced = false;
  #successor: LiveSession | null = null;
  #seconds = 0;
  #provenAt = 0;

  constructor(evidence: LiveEvidence, context: LiveContext) {
    this.evidence = evidence;
    this.matcher = new Matcher(evidence);
    this.sessionId = hex(evidence.card.locator);
    this.#context = context;
    this.#watch = new ProofWatch(evidence.card.delaySeconds, (heard, slot) => this.#explain(heard, slot));
    this.sealed = new SealedJudge(evidence, {
      emit: (event) => this.#emit(event),
      find: (code) => this.#find(code),
      step: (reason) => this.#step(reason),
      spoke: () => {
        this.#provenAt = this.#seconds;
      },
      matched: () => this.#watch.followed !== null,
      sent: context.sent,
    });
    this.#clock = new ClockWatch(context.channel, evidence, context.clock);
    this.#status = context.status && new StatusWatch(context.status, evidence.card, (status) => this.#judgeStatus(status));
    this.#clock.look(context.clock());
    this.#status?.look(context.clock());
    const notices = new SessionNotices(evidence, {
      persona: ({ kind, slot }) => this.#emit({ type: 'persona', kind, slot }),
      renewal: (renewal) => {
        this.#announced = true;
        context.onRenewal(this, renewal);
      },
      refused: (code) => this.#find(code),
    });
    this.#close = context.channel.subscribe(evidence.card.cardHash, {
      record: (bytes) => {
        if (evidence.addRecord(bytes, context.clock()) === 'equivocation') this.#step('equivocation');
      },
      key: (slot, key) => {
        if (evidence.addKey(slot, key)) return;
        this.#find('key-mismatch');
        this.#step('key-mismatch');
      },
      persona: (bytes) => notices.persona(bytes),
      renewal: (bytes) => notices.renewal(bytes),
      status: () => this.#status?.hurry(),
    });
  }

  close(): void {
    this.#close();
  }

  claimed(seconds: number): void {
    this.#seconds = seconds;
    this.#step('locator');
  }

  /** Hands a nonce to the operator; the answer is awaited in the sound. */
  async challenge(nonce: Uint8Array): Promise<void> {
    const askedSeconds = this.#seconds;
    const taken = await this.#context.channel.challenge(this.evidence.card.cardHash, nonce).catch(() => null);
    if (!taken || 'refused' in taken) {
      this.#find(taken ? taken.refused : 'challenge-unreachable');
      return;
    }
    this.sealed.challenges.expect({ number: taken.number, nonce, askedSeconds });
  }

  /** Takes a heard slot, or only looks at what the channel brought. */
  hear(heard: Observation | null, seconds: number): void {
    this.#seconds = seconds;
    const nowMs = this.#context.clock();
    this.#clock.look(nowMs);
    this.#status?.look(nowMs);
    if (heard) {
      this.#watch.hear(heard);
      this.sealed.hear(heard);
    }
    for (const match of heard ? this.matcher.hear(heard) : this.matcher.update()) this.#weighMatch(match);
    const lost = this.#watch.look(nowMs);
    if (lost) this.#step(lost);
    this.sealed.read(seconds);
    if (this.#successor?.state === 'live') this.#handOn(this.#successor);
    if (this.state === 'live' && (seconds - this.#provenAt) * 1000 > STALE_AFTER_MS) this.#step('silence-timeout');
    if (this.state === 'live' && this.#over(heard)) this.#step('ended');
  }

  #weighMatch(match: Match): void {
    if (match.arrival === 'late') this.#find('replayed');
    if (match.arrival !== 'in-time') return;
    const { followed } = this.#watch;
    if (match.ended) {
      if (match === followed) this.#step('unexplained-speech');
      return;
    }
    const { words, reason, undecided } = this.#judge.judge(match, match === followed, this.state === 'live');
    this.#emit({ type: 'proof', slots: match.slots.length, bits: match.bits, ...words });
    if (undecided) this.#find('content-undecided');
    if (reason === 'digest-mismatch') this.matcher.contradict(match);
    if (reason === 'proven-live') {
      this.#provenAt = this.#seconds;
      this.#watch.follow(match);
      // After fresh proof a replay is news again.
      this.#said.delete('replayed');
    }
    if (reason) this.#step(reason);
  }

  /** Whether the session's last slot is over: nothing follows it, or what follows has proven itself. */
  #over(heard: Observation | null): boolean {
    if (this.#successor) return this.#successor.state === 'live';
    if (this.#announced || !heard) return false;
    const place = this.#watch.followed ?? this.sealed.found(heard.track);
    return place?.track === heard.track && heard.index + place.offset > this.evidence.lastSlot;
  }

  /** W of a heard slot: by this session, or after its end by the one that continues it; null while it can't be known. */
  #explain(heard: Observation, slot: number): MatchInformation | null {
    const { lastSlot } = this.evidence;
    if (slot <= lastSlot) return this.matcher.information(heard, slot);
    if (this.#successor) return this.#successor.matcher.information(heard, slot - lastSlot);
    return this.#announced ? null : NOTHING;
  }

  /** Hands over to the session that continues this one. @returns a code when it does not */
  succeed(next: LiveSession, renewal: Renewal): SuccessionFailure | null {
    const verdict = verifySuccession(this.evidence, next.evidence, renewal);
    if (!verdict.ok) return verdict.code;
    this.#successor = next;
    this.#emit({ type: 'renewed', nextSessionId: next.sessionId, reason: renewal.reason });
    return null;
  }

  /** An answer is made with the keys of the session that speaks: what this one did not answer is asked again of the next. */
  #handOn(next: LiveSession): void {
    for (const nonce of this.sealed.challenges.withdraw()) void next.challenge(nonce);
  }

  #judgeStatus(status: 'revoked' | 'suspended' | 'unknown'): void {
    this.#find(status === 'unknown' ? 'status-unknown' : `card-${status}`);
    if (status !== 'unknown') this.#step('revoked');
  }

  #find(code: Finding['code']): void {
    if (this.#said.has(code)) return;
    this.#said.add(code);
    this.#emit({ type: 'finding', finding: { code } });
  }

  #emit(event: EventOfSession): void {
    this.#context.emit({ ...event, seconds: this.#seconds, sessionId: this.sessionId } as DetectorEvent);
  }

  #step(reason: SpanEvent): void {
    const previous = this.state;
    this.state = transition(previous, reason);
    if (this.state === previous) return;
    const { followed } = this.#watch;
    // Fresh proof is needed for the way back.
    if (previous === 'live' || this.state === 'conflict') this.sealed.reset();
    if (followed && this.state !== 'live') {
      this.matcher.end(followed);
      this.#watch.stop();
    }
    if (this.state === 'conflict' && isFindingCode(reason)) this.#find(reason);
    const { issuer, claims } = this.evidence;
    this.#emit({ type: 'state', previous, state: this.state, reason, issuer: issuer.name, agent: claims?.agent ?? null });
  }
}
