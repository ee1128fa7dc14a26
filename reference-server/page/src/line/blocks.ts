/** Chunks of any length in, blocks of one length out. */
export class Blocks {
  #block: Float32Array;
  #filled = 0;

  constructor(size: number) {
    this.#block = new Float32Array(size);
  }

  push(samples: Float32Array): Float32Array[] {
    const out: Float32Array[] = [];
    for (let at = 0; at < samples.length; ) {
      const part = samples.subarray(at, at + this.#block.length - this.#filled);
      this.#block.set(part, this.#filled);
      this.#filled += part.length;
      at += part.length;
      if (this.#filled < this.#block.length) continue;
      out.push(this.#block);
      this.#block = new Float32Array(this.#block.length);
      this.#filled = 0;
    }
    return out;
  }
}
