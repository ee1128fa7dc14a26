/** A clock that ticks at fixed times after its start and never drifts: what was missed is made up for. */

/** Ticks made up for before others have their turn. */
const TICKS_PER_TURN = 4;

/** Ticks at `start + n · everyMs` on the monotonic clock. */
export class Ticker {
  readonly #everyMs: number;
  readonly #onTick: (tick: number, dueMs: number) => void;
  #startMs: number | null = null;
  #tick = 0;
  #timer: NodeJS.Timeout | null = null;
  #stopped = false;

  /** @param onTick gets the tick's number and the time at which it was due, on the clock of `performance.now()` */
  constructor(everyMs: number, onTick: (tick: number, dueMs: number) => void) {
    this.#everyMs = everyMs;
    this.#onTick = onTick;
  }

  /** Only the first call counts. */
  start(): void {
    if (this.#startMs !== null || this.#stopped) return;
    this.#startMs = performance.now();
    this.#run();
  }

  #run(): void {
    for (let n = 0; n < TICKS_PER_TURN && this.#due() <= performance.now(); n++) {
      if (this.#stopped) return;
      const dueMs = this.#due();
      this.#onTick(this.#tick++, dueMs);
    }
    // A machine that is too slow must still hear its callers and its clock: every turn ends, and another begins.
    if (!this.#stopped) this.#timer = setTimeout(() => this.#run(), Math.max(0, this.#due() - performance.now()));
  }

  #due(): number {
    return this.#startMs! + this.#tick * this.#everyMs;
  }

  stop(): void {
    this.#stopped = true;
    if (this.#timer) clearTimeout(this.#timer);
  }
}
