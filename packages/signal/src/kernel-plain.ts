/** The kernel without WebAssembly. */
import { BLOCK, type Kernel, MAX_INPUTS } from './kernel.ts';

const { fround } = Math;

export class PlainKernel implements Kernel {
  floats: Float32Array = new Float32Array(0);
  /** Which inputs were gathered, and for each input how many were before it. */
  readonly #list = new Uint16Array(MAX_INPUTS + 1);
  readonly #values = new Float32Array(MAX_INPUTS + 1);
  readonly #starts = new Uint16Array(MAX_INPUTS + 1);
  #used = 0;

  allocate(n: number): number {
    const at = this.#used;
    this.#used += n;
    if (this.#used > this.floats.length) {
      const grown = new Float32Array(2 * this.#used);
      grown.set(this.floats);
      this.floats = grown;
    }
    return at;
  }

  gather(at: number, n: number, signed: 0 | 1): void {
    let count = 0;
    for (let i = 0; i < n; i++) {
      const x = this.floats[at + i];
      this.#starts[i] = count;
      this.#list[count] = i;
      this.#values[count] = x;
      if (x > 0 || (signed && x !== 0)) count++;
    }
    this.#starts[n] = count;
  }

  multiply(step: number, span: number, positions: number, weights: number, blocks: number, out: number): void {
    for (let p = 0; p < positions; p++) {
      const start = p * step;
      for (let block = 0; block < blocks; block++) {
        const rows = weights + (block * span - start) * BLOCK;
        this.#block(rows, this.#starts[start], this.#starts[start + span], out + (p * blocks + block) * BLOCK);
      }
    }
  }

  /** Four columns at a time, so that their sums stay in registers. */
  #block(rows: number, from: number, to: number, out: number): void {
    const f = this.floats;
    for (let column = 0; column < BLOCK; column += 4) {
      let a = f[out + column];
      let b = f[out + column + 1];
      let c = f[out + column + 2];
      let d = f[out + column + 3];
      for (let j = from; j < to; j++) {
        const w = rows + this.#list[j] * BLOCK + column;
        const x = this.#values[j];
        a = fround(a + fround(f[w] * x));
        b = fround(b + fround(f[w + 1] * x));
        c = fround(c + fround(f[w + 2] * x));
        d = fround(d + fround(f[w + 3] * x));
      }
      f[out + column] = a;
      f[out + column + 1] = b;
      f[out + column + 2] = c;
      f[out + column + 3] = d;
    }
  }
}
