/** One session during a call: its evidence from the verification channel, its matches, and the state that follows. */
import type { VerificationChannel } from '@undertone/channel';
import {
  addDistances,
  type DigestDistance,
  type DigestVerdict,
  digestVerdict,
  FRAMES_PER_SLOT,
  hex,
  type MatchInformation,
  type PersonaEvent,
  parsePersonaEvent,
  parseRenewal,
  type Renewal,
  randomBytes,
  type SpanEvent,
  type SpanState,
  STALE_AFTER_MS,
  TIME_NONCE_BYTES,
  TokenError,
  transition,
  UNEXPLAINED_BITS,
  verifyPersonaEvent,
  verifyRenewal,
  verifySignedTime,
  verifySuccession,
} from '@undertone/token';
import type { DetectorEvent } from './events.ts';
import type { LiveEvidence } from './evidence.ts';
import type { Observation } from './heard.ts';
import { type Match, Matcher } from './matcher.ts';
import { ProofWatch } from './proof-watch.ts';
import { type StatusSource, StatusWatch } from './status.ts';

/** Slots over which the words are judged together. */
const DIGEST_SLOTS = 4;
/** A new clock bound is asked for before the old one ends, ms. */
const ASK_EVERY_MS = 240_000;
/** An answer that took longer gives a loose bound: it is asked for again, as one that failed is, but not without end. */
const SLOW_ANSWER_MS = 250;
const ASK_AGAIN_MS = 2000;
const LOOSE_ANSWERS = 5;
/** W of a slot that lies after the session's end. */
const NOTHING: MatchInformation = { total: 0, perFrame: new Float32Array(FRAMES_PER_SLOT) };

/** What a session needs around it. */
export interface LiveContext {
  readonly channel: VerificationChannel;
  /** Local time in ms, monotonic. */
  readonly clock: () => number;
  readonly emit: (event: DetectorEvent) => void;
  readonly status: StatusSource | null;
  /** The session announced the card that follows; whoever holds the sessions may find it and call {@link LiveSession.succeed}. */
  readonly onRenewal: (session: LiveSession, renewal: Renewal) => void;
}

/** Follows one session live. */
export class LiveSession {
  readonly evidence: LiveEvidence;
  readonly matcher: Matcher;
  readonly sessionId: string;
  state: SpanState = 'absent';
  readonly #context: LiveContext;
  readonly #watch: ProofWatch;
  readonly #status: StatusWatch | null;
  readonly #close: () => void;
  readonly #said = new Set<string>();
  readonly #judged = new Map<Match, number>();
  #lastEvent: PersonaEvent | null = null;
  #announced = false;
  #successor: LiveSession | null = null;
  #seconds = 0;
  #provenAt = 0;
  #asking = false;
  #askAtMs = -Infinity;
  #loose = 0;

  constructor(evidence: LiveEvidence, context: LiveContext) {
    this.evidence = evidence;
    this.matcher = new Matcher(evidence);
    this.sessionId = hex(evidence.card.locator);
    this.#context = context;
    this.#watch = new ProofWatch(evidence.card.delaySeconds, (heard, slot) => this.#explain(heard, slot));
    this.#status = context.status && new StatusWatch(context.status, evidence.card, (status) => this.#judgeStatus(status));
    this.#ask();
    this.#status?.look(context.clock());
    this.#close = context.channel.subscribe(evidence.card.cardHash, {
      record: (bytes) => {
        if (evidence.addRecord(bytes, context.clock()) === 'equivocation') this.#step('equivocation');
      },
      key: (slot, key) => {
        if (evidence.addKey(slot, key)) return;
        this.#find('key-mismatch');
        this.#step('key-mismatch');
      },
      persona: (bytes) => this.#tolerant(() => this.#persona(parsePersonaEvent(bytes))),
      renewal: (bytes) => this.#tolerant(() => this.#renew(parseRenewal(bytes))),
      status: () => this.#status?.hurry(),
    });
  }

  close(): void {
    this.#close();
  }

  /** Asks the operator's clock; without an answer nothing becomes `live`. */
  #ask(): void {
    if (this.#asking) return;
    this.#asking = true;
    const nonce = randomBytes(TIME_NONCE_BYTES);
    const askedAtMs = this.#context.clock();
    let tookMs = Infinity;
    this.#context.channel
      .time(this.evidence.card.cardHash, nonce)
      .then((answer) => {
        if (answer && verifySignedTime({ ...answer, nonce }, nonce, this.evidence.card)) {
          this.evidence.addBound({ timeMs: answer.timeMs, askedAtMs });
          tookMs = this.#context.clock() - askedAtMs;
        }
      })
      .catch(() => {})
      .finally(() => {
        this.#asking = false;
        this.#loose = tookMs <= SLOW_ANSWER_MS ? 0 : this.#loose + 1;
        this.#askAtMs = askedAtMs + (this.#loose % LOOSE_ANSWERS === 0 ? ASK_EVERY_MS : ASK_AGAIN_MS);
      });
  }

  claimed(seconds: number): void {
    this.#seconds = seconds;
    this.#step('locator');
  }

  /** Takes a heard slot, or only looks at what the channel brought. */
  hear(heard: Observation | null, seconds: number): void {
    this.#seconds = seconds;
    const nowMs = this.#context.clock();
    if (nowMs > this.#askAtMs) this.#ask();
    this.#status?.look(nowMs);
    if (heard) this.#watch.hear(heard);
    for (const match of heard ? this.matcher.hear(heard) : this.matcher.update()) this.#judge(match);
    const lost = this.#watch.look(nowMs);
    if (lost) this.#step(lost);
    if (this.state === 'live' && (seconds - this.#provenAt) * 1000 > STALE_AFTER_MS) this.#step('silence-timeout');
    if (this.state === 'live' && this.#over(heard)) this.#step('ended');
  }

  /** Judges what a match has gained. */
  #judge(match: Match): void {
    if (match.arrival === 'late') this.#find('replayed');
    if (match.arrival !== 'in-time') return;
    const gained = match.slots.slice(this.#judged.get(match) ?? 0);
    this.#judged.set(match, match.slots.length);
    if (match.ended) {
      if (match === this.#watch.followed) this.#step('unexplained-speech');
      return;
    }
    const sum = addDistances(match.slots.slice(-DIGEST_SLOTS).map((s) => s.distance));
    const verdict = digestVerdict(sum.compared, sum.errors);
    this.#tellProof(match, sum, verdict);
    if (verdict === 'mismatch' || gained.some((slot) => slot.verdict === 'mismatch')) {
      this.matcher.end(match);
      this.#step('digest-mismatch');
    } else if (verdict === 'undecided') {
      this.#find('content-undecided');
      this.#step('undecided');
    } else if (this.state !== 'live' || gained.some((slot) => slot.bits >= UNEXPLAINED_BITS)) {
      // A slot of silence proves nothing new; a match that is still passing keeps its proof.
      this.#provenAt = this.#seconds;
      this.#watch.follow(match);
      // After fresh proof a replay is news again.
      this.#said.delete('replayed');
      this.#step('proven-live');
    }
  }

  #tellProof({ slots, bits }: Match, { compared, errors }: DigestDistance, content: DigestVerdict): void {
    const { sessionId } = this;
    const proof = { slots: slots.length, bits, compared, errors, content };
    this.#context.emit({ type: 'proof', seconds: this.#seconds, sessionId, ...proof });
  }

  /** Whether the session's last slot is over: nothing follows it, or what follows has proven itself. */
  #over(heard: Observation | null): boolean {
    if (this.#successor) return this.#successor.state === 'live';
    const { followed } = this.#watch;
    if (this.#announced || !heard || heard.track !== followed?.track) return false;
    return heard.index + followed.offset > this.evidence.lastSlot;
  }

  /** W of a heard slot: by this session, or after its end by the one that continues it; null while it can't be known. */
  #explain(heard: Observation, slot: number): MatchInformation | null {
    const { lastSlot } = this.evidence;
    if (slot <= lastSlot) return this.matcher.information(heard, slot);
    if (this.#successor) return this.#successor.matcher.information(heard, slot - lastSlot);
    return this.#announced ? null : NOTHING;
  }

  #renew(renewal: Renewal): void {
    if (!verifyRenewal(renewal, this.evidence.card)) {
      this.#find('renewal-forged');
      return;
    }
    this.evidence.endAfter(renewal.lastSlot);
    if (renewal.reason === 'end') return;
    this.#announced = true;
    this.#context.onRenewal(this, renewal);
  }

  /** Hands over to the session that continues this one. @returns a code when it does not */
  succeed(next: LiveSession, renewal: Renewal): string | null {
    const verdict = verifySuccession(this.evidence, next.evidence, renewal);
    if (!verdict.ok) return verdict.code;
    this.#successor = next;
    const { reason } = renewal;
    this.#context.emit({
      type: 'renewed',
      seconds: this.#seconds,
      sessionId: this.sessionId,
      nextSessionId: next.sessionId,
      reason,
    });
    return null;
  }

  #persona(event: PersonaEvent): void {
    const { card, claims } = this.evidence;
    const verdict = verifyPersonaEvent(event, this.#lastEvent, card, claims);
    if (!verdict.ok) {
      this.#find(verdict.code);
      return;
    }
    this.#lastEvent = event;
    const { kind, slot } = event;
    this.#context.emit({ type: 'persona', seconds: this.#seconds, sessionId: this.sessionId, kind, slot });
  }

  #judgeStatus(status: 'revoked' | 'suspended' | 'unknown'): void {
    this.#find(status === 'unknown' ? 'status-unknown' : `card-${status}`);
    if (status !== 'unknown') this.#step('revoked');
  }

  /** What the channel brings may be anything. */
  #tolerant(take: () => void): void {
    try {
      take();
    } catch (error) {
      if (!(error instanceof TokenError)) throw error;
      this.#find(error.code);
    }
  }

  #find(code: string): void {
    if (this.#said.has(code)) return;
    this.#said.add(code);
    this.#context.emit({ type: 'finding', seconds: this.#seconds, sessionId: this.sessionId, finding: { code } });
  }

  #step(event: SpanEvent): void {
    const previous = this.state;
    this.state = transition(previous, event);
    if (this.state === previous) return;
    const { followed } = this.#watch;
    // Fresh proof is needed for the way back.
    if (followed && this.state !== 'live') {
      this.matcher.end(followed);
      this.#watch.stop();
    }
    if (this.state === 'conflict') this.#find(event);
    this.#context.emit({
      type: 'state',
      seconds: this.#seconds,
      sessionId: this.sessionId,
      previous,
      state: this.state,
      reason: event,
      issuer: this.evidence.issuer.name,
      agent: this.evidence.claims?.agent ?? null,
    });
  }
}
