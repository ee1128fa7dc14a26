/**
 * Sound between the network and the loudspeaker: as little as possible waits, as much as the network needs. An underrun makes the
 * reserve longer; quiet times without one make it shorter.
 */

/** Reserves, milliseconds: the first, the shortest, the longest, and what an underrun adds. */
const FIRST_MS = 60;
const LEAST_MS = 40;
const MOST_MS = 320;
const STEP_MS = 30;
/** After this long without an underrun the reserve is tried shorter by a tenth. */
const CALM_MS = 10_000;
/** What lies beyond the reserve by so much is caught up with, in pauses, or at once when it is much. */
const EXCESS_MS = 60;
const MUCH_MS = 400;
/** Loudest sample of a pause. */
const PAUSE_PEAK = 0.01;
/** An abrupt start or end clicks: fade over so many milliseconds. */
const FADE_MS = 3;

export class JitterBuffer {
  readonly #perMs: number;
  readonly #chunks: Float32Array[] = [];
  #at = 0;
  #waiting = 0;
  #target: number;
  #playing = false;
  #calm = 0;
  #gain = 0;

  /** @param rate samples per second */
  constructor(rate: number) {
    this.#perMs = rate / 1000;
    this.#target = FIRST_MS * this.#perMs;
  }

  /** What waits, and what should wait, milliseconds. */
  get waitingMs(): number {
    return this.#waiting / this.#perMs;
  }

  get targetMs(): number {
    return this.#target / this.#perMs;
  }

  push(samples: Float32Array): void {
    this.#chunks.push(samples);
    this.#waiting += samples.length;
    if (this.#waiting > this.#target + MUCH_MS * this.#perMs) this.#drop(this.#waiting - this.#target);
  }

  /** Forgets what waits: the agent gave way. */
  flush(): void {
    this.#drop(this.#waiting);
  }

  /** Fills a block with the next samples, silence where there are none. */
  pull(out: Float32Array): void {
    this.#skipPause(out.length);
    if (!this.#playing && this.#waiting >= this.#target) this.#playing = true;
    const fade = 1 / (FADE_MS * this.#perMs);
    let short = false;
    for (let i = 0; i < out.length; i++) {
      const sample = this.#playing ? this.#next() : null;
      if (this.#playing && sample === null) {
        short = true;
        this.#playing = false;
      }
      this.#gain = Math.max(0, Math.min(1, this.#gain + (sample === null ? -fade : fade)));
      out[i] = (sample ?? 0) * this.#gain;
    }
    if (short) this.#underrun();
    else this.#grow(out.length);
  }

  #underrun(): void {
    this.#target = Math.min(MOST_MS * this.#perMs, this.#target + STEP_MS * this.#perMs);
    this.#calm = 0;
  }

  #grow(samples: number): void {
    if (!this.#playing) return;
    this.#calm += samples;
    if (this.#calm < CALM_MS * this.#perMs) return;
    this.#calm = 0;
    this.#target = Math.max(LEAST_MS * this.#perMs, this.#target * 0.9);
  }

  #next(): number | null {
    const chunk = this.#chunks[0];
    if (!chunk) return null;
    const sample = chunk[this.#at++];
    this.#waiting--;
    if (this.#at === chunk.length) {
      this.#chunks.shift();
      this.#at = 0;
    }
    return sample;
  }

  /** In a pause nobody misses a few milliseconds. */
  #skipPause(samples: number): void {
    const chunk = this.#chunks[0];
    if (!chunk || this.#waiting < this.#target + EXCESS_MS * this.#perMs) return;
    const part = chunk.subarray(this.#at, this.#at + samples);
    if (part.every((v) => Math.abs(v) < PAUSE_PEAK)) this.#drop(part.length);
  }

  #drop(samples: number): void {
    for (let n = 0; n < samples; n++) this.#next();
  }
}
