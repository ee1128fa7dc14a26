/** How much a caller may send. */

/** A bucket that fills as time passes; what does not fit into it is too much. */
export class RateLimit {
  readonly #perSecond: number;
  readonly #burst: number;
  #level: number;
  #atMs = performance.now();

  /** @param perSecond what may come in a second @param burst what may come at once */
  constructor(perSecond: number, burst: number) {
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#level = burst;
  }

  /** Whether this much is within the limit. */
  allows(amount: number): boolean {
    const nowMs = performance.now();
    this.#level = Math.min(this.#burst, this.#level + ((nowMs - this.#atMs) * this.#perSecond) / 1000);
    this.#atMs = nowMs;
    if (amount > this.#level) return false;
    this.#level -= amount;
    return true;
  }
}
