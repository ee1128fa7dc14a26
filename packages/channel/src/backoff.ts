/** Waiting times between attempts: doubling, with half of it random, so that a returning server is not met by everyone at once. */

const FIRST_MS = 250;
const LONGEST_MS = 10_000;

export class Backoff {
  #failures = 0;

  /** The next wait, ms. */
  next(): number {
    const full = Math.min(LONGEST_MS, FIRST_MS * 2 ** this.#failures++);
    return full / 2 + (Math.random() * full) / 2;
  }

  reset(): void {
    this.#failures = 0;
  }
}
