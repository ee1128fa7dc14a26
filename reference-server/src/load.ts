/** Whether the machine keeps up: how late packets are sent, over all calls. */

/** Share of the newest packet in the mean: with ten calls about a second counts. */
const NEWEST = 1 / 256;
/** Mean lateness from which no further call is taken. */
const OVERLOADED_MS = 80;

export class Load {
  #meanMs = 0;

  observe(latenessMs: number): void {
    this.#meanMs += (latenessMs - this.#meanMs) * NEWEST;
  }

  get overloaded(): boolean {
    return this.#meanMs > OVERLOADED_MS;
  }

  /** With the last call the load is gone too. */
  reset(): void {
    this.#meanMs = 0;
  }
}
