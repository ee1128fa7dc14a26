/** One session during a call: its evidence from the verification channel, its matches, and the state that follows. */
import type { VerificationChannel } from '@undertone/channel';
import {
  addDistances,
  digestVerdict,
  hex,
  randomBytes,
  type SpanEvent,
  type SpanState,
  STALE_AFTER_MS,
  TIME_NONCE_BYTES,
  transition,
  UNEXPLAINED_BITS,
  verifySignedTime,
} from '@undertone/token';
import type { DetectorEvent } from './events.ts';
import type { LiveEvidence } from './evidence.ts';
import type { Observation } from './heard.ts';
import { type Match, Matcher } from './matcher.ts';

/** Slots over which the words are judged together. */
const DIGEST_SLOTS = 4;
/** A new clock bound is asked for before the old one ends, ms. */
const ASK_EVERY_MS = 240_000;

/** Follows one session live. */
export class LiveSession {
  readonly evidence: LiveEvidence;
  readonly matcher: Matcher;
  readonly sessionId: string;
  state: SpanState = 'absent';
  readonly #channel: VerificationChannel;
  readonly #clock: () => number;
  readonly #emit: (event: DetectorEvent) => void;
  readonly #close: () => void;
  readonly #said = new Set<string>();
  #provenAt = 0;
  #asking = false;
  #askedAtMs = -Infinity;

  constructor(evidence: LiveEvidence, channel: VerificationChannel, clock: () => number, emit: (event: DetectorEvent) => void) {
    this.evidence = evidence;
    this.matcher = new Matcher(evidence);
    this.sessionId = hex(evidence.card.locator);
    this.#channel = channel;
    this.#clock = clock;
    this.#emit = emit;
    this.#ask();
    this.#close = channel.subscribe(evidence.card.cardHash, {
      record: (bytes) => evidence.addRecord(bytes, clock()),
      key: (slot, key) => {
        const before = evidence.rejected.keys;
        evidence.addKey(slot, key);
        if (evidence.rejected.keys > before) this.#find('key-mismatch', 0);
      },
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
    const askedAtMs = this.#clock();
    this.#askedAtMs = askedAtMs;
    this.#channel
      .time(this.evidence.card.cardHash, nonce)
      .then((answer) => {
        if (answer && verifySignedTime({ ...answer, nonce }, nonce, this.evidence.card))
          this.evidence.addBound({ timeMs: answer.timeMs, askedAtMs });
      })
      .catch(() => {})
      .finally(() => {
        this.#asking = false;
      });
  }

  claimed(seconds: number): void {
    this.#step('locator', seconds);
  }

  /** Takes a heard slot, or only looks at what the channel brought. */
  hear(heard: Observation | null, seconds: number): void {
    if (this.#clock() - this.#askedAtMs > ASK_EVERY_MS) this.#ask();
    const grown = heard ? this.matcher.hear(heard) : this.matcher.update();
    for (const match of grown) this.#judge(match, seconds);
    if (this.state === 'live' && (seconds - this.#provenAt) * 1000 > STALE_AFTER_MS) this.#step('silence-timeout', seconds);
  }

  #judge(match: Match, seconds: number): void {
    if (match.arrival === 'late') {
      this.#find('replayed', seconds);
      return;
    }
    if (match.arrival !== 'in-time') return;
    if (match.ended) {
      this.#step('unexplained-speech', seconds);
      return;
    }
    const recent = match.slots.slice(-DIGEST_SLOTS);
    const sum = addDistances(recent.map((s) => s.distance));
    const newest = match.slots.at(-1)!;
    if (newest.verdict === 'mismatch') {
      this.#step('digest-mismatch', seconds);
      return;
    }
    const verdict = digestVerdict(sum.compared, sum.errors);
    if (verdict === 'mismatch') {
      this.#step('digest-mismatch', seconds);
      return;
    }
    if (verdict === 'undecided') {
      this.#find('content-undecided', seconds);
      this.#step('undecided', seconds);
      return;
    }
    // A slot of silence proves nothing new; a match that is still passing keeps its proof.
    if (newest.bits < UNEXPLAINED_BITS && this.state === 'live') return;
    this.#provenAt = seconds;
    this.#step('proven-live', seconds);
  }

  #find(code: string, seconds: number): void {
    if (this.#said.has(code)) return;
    this.#said.add(code);
    this.#emit({ type: 'finding', seconds, sessionId: this.sessionId, finding: { code } });
  }

  #step(event: SpanEvent, seconds: number): void {
    const previous = this.state;
    this.state = transition(previous, event);
    if (this.state === previous) return;
    if (this.state === 'conflict') this.#find(event, seconds);
    this.#emit({
      type: 'state',
      seconds,
      sessionId: this.sessionId,
      previous,
      state: this.state,
      issuer: this.evidence.issuer.name,
      agent: this.evidence.claims?.agent ?? null,
    });
  }
}
