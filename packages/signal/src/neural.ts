/**
 * The small networks in plain TypeScript: dense layers over vectors, weights int8 with one scale per row.
 * A weights module holds, for each layer in order: scales [out] float32, biases [out] float32, weights int8 [out × in],
 * little-endian, in base64.
 */

/** One dense layer. `weights` is [outputs × inputs]. */
export interface Layer {
  readonly inputs: number;
  readonly outputs: number;
  readonly weights: Float32Array;
  readonly bias: Float32Array;
}

/** Reads layers of the given shapes ([inputs, outputs] each) from a weights module. Throws a RangeError when the size differs. */
export function readLayers(base64: string, shapes: readonly (readonly [number, number])[]): Layer[] {
  const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  const floats = (n: number): Float32Array => {
    const out = new Float32Array(n);
    for (let i = 0; i < n; i++, at += 4) out[i] = view.getFloat32(at, true);
    return out;
  };
  const layers = shapes.map(([inputs, outputs]) => {
    const scale = floats(outputs);
    const bias = floats(outputs);
    const weights = new Float32Array(inputs * outputs);
    for (let i = 0; i < weights.length; i++, at++) weights[i] = view.getInt8(at) * scale[Math.floor(i / inputs)];
    return { inputs, outputs, weights, bias };
  });
  if (at !== bytes.length) throw new RangeError(`weights hold ${bytes.length} bytes, the network needs ${at}`);
  return layers;
}

/** out[outAt + o] (+)= W x + b for x = input[at … at + inputs). */
export function dense(layer: Layer, input: Float32Array, at: number, out: Float32Array, outAt: number, add = false): void {
  const { inputs, outputs, weights, bias } = layer;
  let w = 0;
  for (let o = 0; o < outputs; o++) {
    let a = bias[o];
    let b = 0;
    let i = 0;
    for (; i + 1 < inputs; i += 2, w += 2) {
      a += weights[w] * input[at + i];
      b += weights[w + 1] * input[at + i + 1];
    }
    if (i < inputs) a += weights[w++] * input[at + i];
    out[outAt + o] = add ? out[outAt + o] + a + b : a + b;
  }
}

/** Replaces negative numbers by zero. */
export function relu(x: Float32Array, at = 0, n: number = x.length): void {
  for (let i = at; i < at + n; i++) if (x[i] < 0) x[i] = 0;
}
