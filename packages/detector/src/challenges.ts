/** Nonces that the agent of one session is to answer in its voice, and what became of them (protocol/spec/03-frames.md, CHAL). */
import { COUNTERS } from '@undertone/token';
import type { ChallengeReport } from './report.ts';

/**
 * An answer waits for up to four turns (a CHAL, an AUTH, two symbols, an AUTH: 102 s), is sent for 20 s at most, and can be compared another 20 s
 * after it began.
 */
const PATIENCE_SECONDS = 150;

/** A nonce that the operator took. */
export interface AskedNonce {
  readonly number: number;
  readonly nonce: Uint8Array;
  /** Sound heard when it was handed over, seconds: an answer that began before is none. */
  readonly askedSeconds: number;
}

/** What can become of a nonce; an answer that does not hold may still be followed by one that does. */
export type ChallengeEnd = Exclude<ChallengeReport['state'], 'waiting'>;

export class Challenges {
  readonly reports: ChallengeReport[] = [];
  readonly #sessionId: string;
  /** Nonces without an answer yet, by the counter that it will carry. */
  readonly #waiting = new Map<number, AskedNonce>();

  constructor(sessionId: string) {
    this.#sessionId = sessionId;
  }

  expect(asked: AskedNonce): void {
    const { number, askedSeconds } = asked;
    this.#waiting.set(number % COUNTERS, asked);
    this.reports.push({ sessionId: this.#sessionId, number, askedSeconds, state: 'waiting', seconds: null });
  }

  /** The nonce that a frame with this counter would answer. */
  answeredBy(counter: number): AskedNonce | undefined {
    return this.#waiting.get(counter);
  }

  end(number: number, state: ChallengeEnd, seconds: number): void {
    if (state !== 'failed') this.#waiting.delete(number % COUNTERS);
    const at = this.reports.findIndex((report) => report.number === number);
    this.reports[at] = { ...this.reports[at], state, seconds };
  }

  /** Numbers of nonces that were not answered in time. */
  overdue(seconds: number): number[] {
    return [...this.#waiting.values()].flatMap((asked) =>
      seconds - asked.askedSeconds > PATIENCE_SECONDS ? [asked.number] : [],
    );
  }

  /** Forgets the nonces that had no answer, not even a wrong one. @returns them, to be given to another session */
  withdraw(): Uint8Array[] {
    const waits = (report: ChallengeReport): boolean => report.state === 'waiting';
    const numbers = new Set(this.reports.filter(waits).map(({ number }) => number));
    const withdrawn = [...this.#waiting.values()].filter(({ number }) => numbers.has(number));
    this.#waiting.clear();
    this.reports.splice(0, this.reports.length, ...this.reports.filter((report) => !waits(report)));
    return withdrawn.map(({ nonce }) => nonce);
  }
}
