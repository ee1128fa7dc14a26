/** When the samples of a call arrived, by local time. */

/** Arrival times kept, one for each chunk. */
const KEPT = 4096;

export class Arrivals {
  readonly #kept: { readonly seconds: number; readonly atMs: number }[] = [];

  /** Notes that the sound up to `seconds` had arrived at local time `atMs`. */
  note(seconds: number, atMs: number): void {
    this.#kept.push({ seconds, atMs });
    if (this.#kept.length > KEPT) this.#kept.shift();
  }

  /** Local time when the sample at `seconds` had arrived, ms; null before anything has. */
  at(seconds: number): number | null {
    return this.#kept.find((a) => a.seconds >= seconds)?.atMs ?? this.#kept.at(-1)?.atMs ?? null;
  }
}
