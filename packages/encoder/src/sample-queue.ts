/** Samples waiting in order. */
export class SampleQueue {
  #data = new Float32Array(4096);
  #from = 0;
  #to = 0;

  get length(): number {
    return this.#to - this.#from;
  }

  push(samples: Float32Array): void {
    if (this.#to + samples.length > this.#data.length) {
      const grown = new Float32Array(Math.max(this.#data.length, 2 * (this.length + samples.length)));
      grown.set(this.#data.subarray(this.#from, this.#to));
      this.#data = grown;
      this.#to -= this.#from;
      this.#from = 0;
    }
    this.#data.set(samples, this.#to);
    this.#to += samples.length;
  }

  /** The first n samples. Throws a RangeError when fewer wait. */
  shift(n: number): Float32Array {
    if (n > this.length) throw new RangeError(`${n} samples wanted, ${this.length} waiting`);
    const out = this.#data.slice(this.#from, this.#from + n);
    this.#from += n;
    return out;
  }

  clear(): void {
    this.#from = this.#to = 0;
  }

  /** Turns what waits into silence. */
  silence(): void {
    this.#data.fill(0, this.#from, this.#to);
  }
}
