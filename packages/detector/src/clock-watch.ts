/** Keeps a bound on the operator's clock: asked at once, and again before it ends. */
import type { VerificationChannel } from '@undertone/channel';
import { randomBytes, TIME_NONCE_BYTES, verifySignedTime } from '@undertone/token';
import type { LiveEvidence } from './evidence.ts';

/** A new clock bound is asked for before the old one ends, ms. */
const ASK_EVERY_MS = 240_000;
/** An answer that took longer gives a loose bound: it is asked for again, as one that failed is, but not without end. */
const SLOW_ANSWER_MS = 250;
const ASK_AGAIN_MS = 2000;
const LOOSE_ANSWERS = 5;

export class ClockWatch {
  readonly #channel: VerificationChannel;
  readonly #evidence: LiveEvidence;
  readonly #clock: () => number;
  #asking = false;
  #askAtMs = -Infinity;
  #loose = 0;

  /** @param clock local time in ms, monotonic */
  constructor(channel: VerificationChannel, evidence: LiveEvidence, clock: () => number) {
    this.#channel = channel;
    this.#evidence = evidence;
    this.#clock = clock;
  }

  /** Asks the operator's clock if it is time to; without an answer nothing becomes `live`. */
  look(nowMs: number): void {
    if (this.#asking || nowMs <= this.#askAtMs) return;
    this.#asking = true;
    const nonce = randomBytes(TIME_NONCE_BYTES);
    const askedAtMs = this.#clock();
    let tookMs = Infinity;
    this.#channel
      .time(this.#evidence.card.cardHash, nonce)
      .then((answer) => {
        if (answer && verifySignedTime({ ...answer, nonce }, nonce, this.#evidence.card)) {
          this.#evidence.addBound({ timeMs: answer.timeMs, askedAtMs });
          tookMs = this.#clock() - askedAtMs;
        }
      })
      .catch(() => {})
      .finally(() => {
        this.#asking = false;
        this.#loose = tookMs <= SLOW_ANSWER_MS ? 0 : this.#loose + 1;
        this.#askAtMs = askedAtMs + (this.#loose % LOOSE_ANSWERS === 0 ? ASK_EVERY_MS : ASK_AGAIN_MS);
      });
  }
}
