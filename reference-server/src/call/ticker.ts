/** A clock that ticks at fixed times after its start and never drifts: what was missed is made up for at once. */

/** Ticks at `start + n · everyMs` on the monotonic clock. */
export class Ticker {
  readonly #everyMs: number;
  readonly #onTick: (tick: number, dueMs: number) => void;
  #startMs = 0;
  #tick = 0;
  #timer: NodeJS.Timeout | null = null;
  #stopped = false;

  /** @param onTick gets the tick's number and the time at which it was due, on the clock of `performance.now()` */
  constructor(everyMs: number, onTick: (tick: number, dueMs: number) => void) {
    this.#everyMs = everyMs;
    this.#onTick = onTick;
  }

  start(): void {
    this.#startMs = performance.now();
    this.#run();
  }

  #run(): void {
    for (let due = this.#due(); !this.#stopped && due <= performance.now(); due = this.#due()) this.#onTick(this.#tick++, due);
    if (!this.#stopped) this.#timer = setTimeout(() => this.#run(), Math.max(0, this.#due() - performance.now()));
  }

  #due(): number {
    return this.#startMs + this.#tick * this.#everyMs;
  }

  stop(): void {
    this.#stopped = true;
    if (this.#timer) clearTimeout(this.#timer);
  }
}
