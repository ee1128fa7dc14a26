/**
 * The arithmetic of the small networks: sums of rows of weights over the inputs that are not zero, in single precision. WebAssembly
 * where it can run, else plain TypeScript that gives the same bits: each sum begins with what stands in the output and goes through
 * the inputs in order, each product and each sum rounded to single precision.
 */
import bytes from './kernel-bytes.ts';
import { PlainKernel } from './kernel-plain.ts';

/** Weights and outputs come in blocks of this many columns. */
export const BLOCK = 24;
/** Longest input of {@link Kernel.gather}. */
export const MAX_INPUTS = 1023;

/** A memory of floats and the operations on it. Addresses and lengths count floats. */
export interface Kernel {
  /** The memory; replaced by a longer one when {@link allocate} grows it. */
  readonly floats: Float32Array;
  /** @returns the address of n floats, zero, that nothing else uses */
  allocate(n: number): number;
  /** Chooses from n ≤ MAX_INPUTS inputs those that are positive or, if `signed` is 1, those that are not zero. */
  gather(at: number, n: number, signed: 0 | 1): void;
  /**
   * Adds products of the inputs gathered last: for each of `positions` windows of `span` inputs, `step` apart,
   * out[BLOCK × blocks] += window × weights. `weights` is [blocks × span × BLOCK].
   */
  multiply(step: number, span: number, positions: number, weights: number, blocks: number, out: number): void;
}

/** What kernels/sparse.wat exports. */
type Exports = Pick<Kernel, 'gather' | 'multiply'> & { readonly memory: WebAssembly.Memory };

const PAGE_FLOATS = 16384;
/** The module's own tables end here. */
const HEAP = 3076;

class WasmKernel implements Kernel {
  floats: Float32Array;
  readonly gather: Kernel['gather'];
  readonly multiply: Kernel['multiply'];
  readonly #memory: WebAssembly.Memory;
  #used = HEAP;

  constructor(exports: Exports) {
    this.gather = exports.gather;
    this.multiply = exports.multiply;
    this.#memory = exports.memory;
    this.floats = new Float32Array(exports.memory.buffer);
  }

  allocate(n: number): number {
    const at = this.#used;
    this.#used += Math.ceil(n / 4) * 4;
    const missing = this.#used - this.floats.length;
    if (missing > 0) {
      this.#memory.grow(Math.ceil(missing / PAGE_FLOATS));
      this.floats = new Float32Array(this.#memory.buffer);
    }
    return at;
  }
}

/** The compiled module; null where there is no WebAssembly with vectors, or it may not be used; undefined until first asked. */
let compiled: WebAssembly.Module | null | undefined;

/** A kernel with a memory of its own: the fastest that runs here. */
export function createKernel(): Kernel {
  try {
    if (compiled === undefined) compiled = new WebAssembly.Module(Uint8Array.from(atob(bytes), (c) => c.charCodeAt(0)));
    if (compiled) return new WasmKernel(new WebAssembly.Instance(compiled).exports as unknown as Exports);
  } catch {
    compiled = null;
  }
  return new PlainKernel();
}
