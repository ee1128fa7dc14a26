/**
 * The small networks: dense layers over vectors, weights int8 with one scale per row.
 * A weights module holds, for each layer in order: scales [out] float32, biases [out] float32, weights int8 [out × in],
 * little-endian, in base64.
 */
import { BLOCK, type Kernel } from './kernel.ts';

/** One dense layer. */
export interface Layer {
  readonly inputs: number;
  /** The outputs, padded to whole blocks. */
  readonly blocks: number;
  /** [blocks × inputs × BLOCK] */
  readonly weights: Float32Array;
  /** [blocks × BLOCK] */
  readonly bias: Float32Array;
}

/** A layer in a kernel's memory: its arrays are addresses. */
export interface PlacedLayer extends Omit<Layer, 'weights' | 'bias'> {
  readonly weights: number;
  readonly bias: number;
}

/** Reads layers of the given shapes ([inputs, outputs] each) from a weights module. Throws a RangeError when the size differs. */
export function readLayers(base64: string, shapes: readonly (readonly [number, number])[]): Layer[] {
  const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  const floats = (n: number): Float32Array => Float32Array.from({ length: n }, () => view.getFloat32((at += 4) - 4, true));
  const layers = shapes.map(([inputs, outputs]) => {
    const scale = floats(outputs);
    const blocks = Math.ceil(outputs / BLOCK);
    const bias = new Float32Array(blocks * BLOCK);
    bias.set(floats(outputs));
    const weights = new Float32Array(blocks * inputs * BLOCK);
    for (let o = 0; o < outputs; o++) {
      const column = Math.floor(o / BLOCK) * inputs * BLOCK + (o % BLOCK);
      for (let i = 0; i < inputs; i++, at++) weights[column + i * BLOCK] = view.getInt8(at) * scale[o];
    }
    return { inputs, blocks, weights, bias };
  });
  if (at !== bytes.length) throw new RangeError(`weights hold ${bytes.length} bytes, the network needs ${at}`);
  return layers;
}

/** Copies values into a kernel's memory. @returns their address */
export function place(kernel: Kernel, values: Float32Array): number {
  const at = kernel.allocate(values.length);
  kernel.floats.set(values, at);
  return at;
}

/** Copies layers into a kernel's memory. */
export function placeLayers(kernel: Kernel, layers: readonly Layer[]): PlacedLayer[] {
  return layers.map((l) => ({ ...l, weights: place(kernel, l.weights), bias: place(kernel, l.bias) }));
}

/** A chain of dense layers in a memory of its own, one vector at a time. */
export class DenseNetwork {
  readonly #kernel: Kernel;
  readonly #layers: PlacedLayer[];
  readonly #input: number;
  readonly #outputs: number[];

  constructor(kernel: Kernel, layers: readonly Layer[]) {
    this.#kernel = kernel;
    this.#layers = placeLayers(kernel, layers);
    this.#input = kernel.allocate(Math.max(...layers.map((l) => l.inputs)));
    this.#outputs = layers.map((l) => kernel.allocate(l.blocks * BLOCK));
  }

  /** W x + b of one layer. @returns a view of the answer, padded with zeros, valid until the layer runs again */
  run(layer: number, x: Float32Array): Float32Array {
    const { inputs, blocks, weights, bias } = this.#layers[layer];
    const kernel = this.#kernel;
    const out = this.#outputs[layer];
    const end = out + blocks * BLOCK;
    kernel.floats.set(x, this.#input);
    kernel.floats.copyWithin(out, bias, bias + blocks * BLOCK);
    kernel.gather(this.#input, inputs, 1);
    kernel.multiply(inputs, inputs, 1, weights, blocks, out);
    return kernel.floats.subarray(out, end);
  }
}

/** Replaces negative numbers by zero. */
export function relu(x: Float32Array): void {
  for (let i = 0; i < x.length; i++) if (x[i] < 0) x[i] = 0;
}
