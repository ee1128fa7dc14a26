/** Whether the machine keeps up: how late packets are sent, over all calls. */

/** Share of the newest packet in the mean: with ten calls about a second counts. */
const NEWEST = 1 / 256;

export class Load {
  readonly #limitMs: number;
  #meanMs = 0;

  /** @param limitMs mean lateness from which no further call is taken */
  constructor(limitMs: number) {
    this.#limitMs = limitMs;
  }

  observe(latenessMs: number): void {
    this.#meanMs += (latenessMs - this.#meanMs) * NEWEST;
  }

  get overloaded(): boolean {
    return this.#meanMs > this.#limitMs;
  }

  /** With the last call the load is gone too. */
  reset(): void {
    this.#meanMs = 0;
  }
}
