/** One session during a call: its evidence from the verification channel, what matches and what was proven, and the state that follows. */
import type { VerificationChannel } from '@undertone/channel';
import {
  addDistances,
  digestVerdict,
  FRAMES_PER_SLOT,
  heardSelection,
  hex,
  type MatchInformation,
  type Renewal,
  type SpanEvent,
  type SpanState,
  STALE_AFTER_MS,
  type SuccessionFailure,
  TagTally,
  TWO_WAY_BITS,
  transition,
  UNEXPLAINED_BITS,
  verifySuccession,
  wordsProven,
} from '@undertone/token';
import { ClockWatch } from './clock-watch.ts';
import type { DetectorEvent } from './events.ts';
import type { LiveEvidence } from './evidence.ts';
import { isFindingCode } from './finding-codes.ts';
import type { Observation } from './heard.ts';
import { LiveLanes } from './live-lane.ts';
import { type Match, Matcher, wordsSuffice } from './matcher.ts';
import { lossOver, ProofWatch } from './proof-watch.ts';
import type { ChallengeReport, Finding } from './report.ts';
import { type Proof, SealedProofs } from './sealed-proofs.ts';
import { type SentVoice, type TwoWay, TwoWayTally } from './sent-voice.ts';
import { SessionNotices } from './session-notices.ts';
import type { SignedEpoch } from './sound-session.ts';
import { type StatusSource, StatusWatch } from './status.ts';

/** Slots over which the words are judged together. */
const DIGEST_SLOTS = 4;
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
  /** Epochs whose tags held. */
  readonly taggedEpochs: SignedEpoch[] = [];
  /** When tags alone had proven it, seconds; null while they have not. */
  taggedSeconds: number | null = null;
  readonly challenges: ChallengeReport[] = [];
  twoWay: TwoWay | null = null;
  readonly #context: LiveContext;
  readonly #watch: ProofWatch;
  readonly #lanes: LiveLanes;
  readonly #proofs: SealedProofs;
  readonly #tags = new TagTally();
  readonly #twoWay = new TwoWayTally();
  readonly #clock: ClockWatch;
  readonly #status: StatusWatch | null;
  readonly #close: () => void;
  readonly #said = new Set<string>();
  readonly #judged = new Map<Match, number>();
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
    this.#lanes = new LiveLanes(evidence);
    this.#proofs = new SealedProofs(evidence);
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
    this.challenges.push({ sessionId: this.sessionId, number: taken.number, askedSeconds, state: 'waiting', seconds: null });
    this.#proofs.expect({ number: taken.number, nonce, askedSeconds });
  }

  /** Takes a heard slot, or only looks at what the channel brought. */
  hear(heard: Observation | null, seconds: number): void {
    this.#seconds = seconds;
    const nowMs = this.#context.clock();
    this.#clock.look(nowMs);
    this.#status?.look(nowMs);
    if (heard) {
      this.#watch.hear(heard);
      this.#lanes.hear(heard);
    }
    for (const match of heard ? this.matcher.hear(heard) : this.matcher.update()) this.#judge(match);
    const lost = this.#watch.look(nowMs);
    if (lost) this.#step(lost);
    this.#read();
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
    const { compared, errors } = sum;
    this.#emit({ type: 'proof', slots: match.slots.length, bits: match.bits, compared, errors, content: verdict });
    if (verdict === 'mismatch' || gained.some((slot) => slot.verdict === 'mismatch')) {
      this.matcher.contradict(match);
      this.#step('digest-mismatch');
    } else if (verdict === 'undecided' || (match !== this.#watch.followed && !(wordsProven(sum) && lossOver(match).throughout))) {
      // What is proven stays so while its words match; to begin with it must do better.
      this.#find('content-undecided');
      this.#step('undecided');
    } else if (!wordsSuffice(match)) {
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

  /** Reads the sealed lane and judges what its frames prove. */
  #read(): void {
    const frames = this.#lanes.read();
    // Nobody but the operator can make a frame of the sealed lane before its key is out: whoever proved himself by tags still speaks.
    if (frames.length > 0 && !this.#watch.followed) this.#provenAt = this.#seconds;
    this.#proofs.take(frames);
    for (const proof of this.#proofs.compare()) this.#weigh(proof);
    for (const number of this.#proofs.expired(this.#seconds)) this.#answered(number, 'unanswered');
  }

  #weigh(proof: Proof): void {
    if (proof.type === 'tag') this.#weighTag(proof);
    else if (proof.type === 'challenge') this.#answered(proof.number, proof.holds ? 'answered' : 'failed');
    else if (proof.digest === null) this.#find('heard-mismatch');
    else this.#weighHeard(proof.slot, proof.startSeconds, proof.digest);
  }

  #weighTag({ tag, epoch }: Extract<Proof, { type: 'tag' }>): void {
    const { holds, words } = tag;
    this.#emit({ type: 'tag', epoch: tag.epoch, holds, words });
    this.#tags.add(tag);
    if (holds) this.taggedEpochs.push(epoch);
    if (this.#tags.failed) this.#step('tags-failed');
    // Matched bits and whole digests say more than a tag and 22 bits.
    if (!holds || this.#watch.followed) return;
    if (words === 'mismatch') this.#step('digest-mismatch');
    else if (words === 'undecided') this.#find('content-undecided');
    else if (this.#tags.enough) {
      this.taggedSeconds ??= this.#seconds;
      this.#provenAt = this.#seconds;
      this.#step('proven-live');
    }
  }

  #weighHeard(slot: number, startSeconds: number, digest: number): void {
    const voice = this.#context.sent();
    const key = this.evidence.key(slot);
    if (!voice || !key) return;
    const before = this.twoWay?.bits ?? 0;
    const sum = this.#twoWay.add(voice, startSeconds, heardSelection(key, this.evidence.card.cardHash, slot), digest);
    if (!sum) return;
    this.twoWay = sum;
    if (before < TWO_WAY_BITS && sum.bits >= TWO_WAY_BITS) this.#emit({ type: 'two-way', ...sum });
  }

  #answered(number: number, state: Exclude<ChallengeReport['state'], 'waiting'>): void {
    const at = this.challenges.findIndex((c) => c.number === number);
    this.challenges[at] = { ...this.challenges[at], state, seconds: this.#seconds };
    this.#emit({ type: 'challenge', number, state });
    if (state !== 'answered') this.#find(state === 'failed' ? 'challenge-mismatch' : 'challenge-unanswered');
  }

  /** Whether the session's last slot is over: nothing follows it, or what follows has proven itself. */
  #over(heard: Observation | null): boolean {
    if (this.#successor) return this.#successor.state === 'live';
    if (this.#announced || !heard) return false;
    const place = this.#watch.followed ?? this.#lanes.found(heard.track);
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
    if (previous === 'live' || this.state === 'conflict') this.#tags.reset();
    if (followed && this.state !== 'live') {
      this.matcher.end(followed);
      this.#watch.stop();
    }
    if (this.state === 'conflict' && isFindingCode(reason)) this.#find(reason);
    const { issuer, claims } = this.evidence;
    this.#emit({ type: 'state', previous, state: this.state, reason, issuer: issuer.name, agent: claims?.agent ?? null });
  }
}

/** An event of a session without what every one of them has. */
type EventOfSession = DetectorEvent extends infer E
  ? E extends DetectorEvent
    ? Omit<E, 'seconds' | 'sessionId'>
    : never
  : never;
