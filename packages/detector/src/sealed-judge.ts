/** What follows, for one session of a call, from the frames of its sealed lane: tags of epochs, answers to nonces, what the agent heard. */
import { heardSelection, hex, type SpanEvent, TagTally, TWO_WAY_BITS } from '@undertone/token';
import { type ChallengeEnd, Challenges } from './challenges.ts';
import type { EventOfSession } from './events.ts';
import type { LiveEvidence } from './evidence.ts';
import type { Observation } from './heard.ts';
import { type LiveLane, LiveLanes } from './live-lane.ts';
import type { Finding } from './report.ts';
import { type Proof, SealedProofs } from './sealed-proofs.ts';
import { type SentVoice, type TwoWay, TwoWayTally } from './sent-voice.ts';
import type { SignedEpoch } from './sound-session.ts';

/** What the session is told. */
export interface SealedSink {
  emit(event: EventOfSession): void;
  find(code: Finding['code']): void;
  step(reason: SpanEvent): void;
  /** Nobody but the operator can make a frame of the sealed lane before its key is out: the agent speaks. */
  spoke(): void;
  /** Whether matched bits prove the session by now: they and whole digests say more than tags and 22 bits. */
  matched(): boolean;
  /** This side's own voice, if it is given. */
  sent(): SentVoice | null;
}

export class SealedJudge {
  readonly challenges: Challenges;
  /** Epochs whose tags held. */
  readonly taggedEpochs: SignedEpoch[] = [];
  /** When tags alone had proven the session, seconds; null while they have not. */
  taggedSeconds: number | null = null;
  twoWay: TwoWay | null = null;
  readonly #evidence: LiveEvidence;
  readonly #sink: SealedSink;
  readonly #lanes: LiveLanes;
  readonly #proofs: SealedProofs;
  readonly #tags = new TagTally();
  readonly #heard = new TwoWayTally();
  #seconds = 0;

  constructor(evidence: LiveEvidence, sink: SealedSink) {
    this.#evidence = evidence;
    this.#sink = sink;
    this.challenges = new Challenges(hex(evidence.card.locator));
    this.#lanes = new LiveLanes(evidence);
    this.#proofs = new SealedProofs(evidence, this.challenges);
  }

  hear(heard: Observation): void {
    this.#lanes.hear(heard);
  }

  /** The lane of a track at the place that is known to be right. */
  found(track: number): LiveLane | null {
    return this.#lanes.found(track);
  }

  /** Tags count from here on: fresh proof is needed. */
  reset(): void {
    this.#tags.reset();
  }

  /** Judges the frames that can be read by now. */
  read(seconds: number): void {
    this.#seconds = seconds;
    const frames = this.#lanes.read();
    if (frames.length > 0 && !this.#sink.matched()) this.#sink.spoke();
    this.#proofs.take(frames);
    for (const proof of this.#proofs.compare()) this.#weigh(proof);
    for (const number of this.challenges.overdue(seconds)) this.#answered(number, 'unanswered');
  }

  #weigh(proof: Proof): void {
    if (proof.type === 'tag') this.#weighTag(proof);
    else if (proof.type === 'challenge') this.#answered(proof.number, proof.holds ? 'answered' : 'failed');
    else if (proof.digest === null) this.#sink.find('heard-mismatch');
    else this.#weighHeard(proof.slot, proof.startSeconds, proof.digest);
  }

  #weighTag({ tag, epoch }: Extract<Proof, { type: 'tag' }>): void {
    const { holds, words } = tag;
    this.#sink.emit({ type: 'tag', epoch: tag.epoch, holds, words });
    this.#tags.add(tag);
    if (holds) this.taggedEpochs.push(epoch);
    if (this.#tags.failed) this.#sink.step('tags-failed');
    if (!holds || this.#sink.matched()) return;
    if (words === 'mismatch') this.#sink.step('digest-mismatch');
    else if (words === 'undecided') this.#sink.find('content-undecided');
    else if (this.#tags.enough) {
      this.taggedSeconds ??= this.#seconds;
      this.#sink.spoke();
      this.#sink.step('proven-live');
    }
  }

  #weighHeard(slot: number, startSeconds: number, digest: number): void {
    const voice = this.#sink.sent();
    const key = this.#evidence.key(slot);
    if (!voice || !key) return;
    const before = this.twoWay?.bits ?? 0;
    const sum = this.#heard.add(voice, startSeconds, heardSelection(key, this.#evidence.card.cardHash, slot), digest);
    if (!sum) return;
    this.twoWay = sum;
    if (before < TWO_WAY_BITS && sum.bits >= TWO_WAY_BITS) this.#sink.emit({ type: 'two-way', ...sum });
  }

  #answered(number: number, state: ChallengeEnd): void {
    this.challenges.end(number, state, this.#seconds);
    this.#sink.emit({ type: 'challenge', number, state });
    if (state !== 'answered') this.#sink.find(state === 'failed' ? 'challenge-mismatch' : 'challenge-unanswered');
  }
}
