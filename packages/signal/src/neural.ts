/**
 * The small networks: dense layers over vectors, weights int8 with one scale per row.
 * A weights module holds, for each layer in order: scales [out] float32, biases [out] float32, weights int8 [out × in],
 * little-endian, in base64.
 */
import { BLOCK, createKernel, type Kernel } from './kernel.ts';

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
  const floats = (n: number): Float32Array => {
    const out = Float32Array.from({ length: n }, (_, i) => view.getFloat32(at + 4 * i, true));
    at += 4 * n;
    return out;
  };
  const layers = shapes.map(([inputs, outputs]) => {
    const scale = floats(outputs);
    const bias = floats(outputs);
    const first = at;
    at += inputs * outputs;
    const layer = matrix(inputs, outputs, (i, o) => view.getInt8(first + o * inputs + i) * scale[o]);
    layer.bias.set(bias);
    return layer;
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

/** A layer without biases from its elements. */
export function matrix(inputs: number, outputs: number, element: (input: number, output: number) => number): Layer {
  const blocks = Math.ceil(outputs / BLOCK);
  const weights = new Float32Array(blocks * inputs * BLOCK);
  for (let o = 0; o < outputs; o++)
    for (let i = 0; i < inputs; i++) weights[(Math.floor(o / BLOCK) * inputs + i) * BLOCK + (o % BLOCK)] = element(i, o);
  return { inputs, blocks, weights, bias: new Float32Array(blocks * BLOCK) };
}

/** Dense layers in a memory of their own, for one vector at a time. They keep nothing from one to the next. */
export class DenseLayers {
  readonly #kernel = createKernel();
  readonly #layers: PlacedLayer[];
  readonly #input: number;
  readonly #outputs: number[];
  readonly #views: Float32Array[];

  constructor(layers: readonly Layer[]) {
    const kernel = this.#kernel;
    this.#layers = placeLayers(kernel, layers);
    this.#input = kernel.allocate(Math.max(...layers.map((l) => l.inputs)));
    this.#outputs = layers.map((l) => kernel.allocate(l.blocks * BLOCK));
    this.#views = layers.map((l, i) => kernel.floats.subarray(this.#outputs[i], this.#outputs[i] + l.blocks * BLOCK));
  }

  /** W x + b of one layer for x [inputs]. @returns the outputs, padded to whole blocks, valid until the layer runs again */
  run(layer: number, x: Float32Array): Float32Array {
    const { inputs, blocks, weights, bias } = this.#layers[layer];
    const kernel = this.#kernel;
    kernel.floats.set(x, this.#input);
    kernel.floats.copyWithin(this.#outputs[layer], bias, bias + blocks * BLOCK);
    kernel.gather(this.#input, inputs, 1);
    kernel.multiply(inputs, inputs, 1, weights, blocks, this.#outputs[layer]);
    return this.#views[layer];
  }
}

/** Replaces negative numbers by zero. */
export function relu(x: Float32Array): void {
  for (let i = 0; i < x.length; i++) if (x[i] < 0) x[i] = 0;
}
