/**
 * Random weights from a seed, for trying the whole path without the official files and for parity with upstream: the rule is the
 * same, bit for bit, in tools/model-reference/weights.py.
 */
import { ModelError } from '../errors.ts';
import { floatToBf16 } from './bfloat16.ts';
import { elementCount, STORED_BYTES, type StoredTensor, type TensorSource } from './tensor-source.ts';

function fnv1a(name: string): number {
  let h = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(name)) h = Math.imul(h ^ byte, 0x01000193);
  return h >>> 0;
}

/** `count` numbers in [-1, 1) with 24 significant bits, from element `start` of a named sequence. */
export function uniform(name: string, count: number, seed = 1, start = 0): Float64Array {
  const key = fnv1a(name) ^ Math.imul(seed, 0x9e3779b9);
  const out = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    let h = Math.imul(start + i, 0x85ebca6b) ^ key;
    h = Math.imul(h ^ (h >>> 16), 0x7feb352d);
    h = Math.imul(h ^ (h >>> 15), 0x846ca68b);
    h ^= h >>> 16;
    out[i] = (h >>> 8) / (1 << 23) - 1;
  }
  return out;
}

/** Offset and scale of a tensor's values: keep activations of the order of one through the stack. */
function rule(name: string, shape: readonly number[]): [offset: number, scale: number] {
  const last = name.split('.').at(-1);
  if (last === '_initialized') return [1, 0];
  if (last === 'alpha' || (name.includes('.norm') && last === 'weight')) return [1, 0.3];
  if (last === 'bias') return [0, 0.1];
  if (last === 'scale') return [0.3, 0.1];
  if (last === 'cluster_usage') return [1, 0.5];
  if (last === 'embedding_sum') return [0, 1];
  if (name.includes('emb.')) return [0, 0.5];
  if (name.includes('upsample')) return [0, 0.7];
  const fanIn = name.includes('convtr') ? shape[0] * 2 : elementCount(shape.slice(1));
  const head = name.startsWith('linears.') || name.startsWith('text_linear') ? 2 : 1;
  return [0, (head * 1.7) / Math.sqrt(Math.max(fanIn, 1))];
}

export class RandomWeights implements TensorSource {
  readonly label: string;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  private readonly seed: number;

  /** `shapes`: the tensors to make; `dtype`: how the official file stores them. */
  constructor(shapes: ReadonlyMap<string, readonly number[]>, dtype: 'F32' | 'BF16', seed = 1) {
    this.label = `random weights, seed ${seed}`;
    this.seed = seed;
    this.tensors = new Map([...shapes].map(([name, shape]) => [name, { dtype, shape }]));
  }

  read(name: string, start: number, into: Uint8Array): void {
    const tensor = this.tensors.get(name);
    if (!tensor) throw new ModelError('tensor-missing', `${this.label}: there is no tensor ${name}`);
    const [offset, scale] = rule(name, tensor.shape);
    const count = into.length / STORED_BYTES[tensor.dtype];
    const random = uniform(name, count, this.seed, start);
    const values = new Float32Array(count);
    for (let i = 0; i < count; i++) values[i] = offset + scale * random[i];
    into.set(new Uint8Array(tensor.dtype === 'BF16' ? floatToBf16(values).buffer : values.buffer));
  }
}
