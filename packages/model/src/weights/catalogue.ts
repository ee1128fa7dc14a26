/** What each graph weight is made of: slices of stored tensors, checked by name, shape and type before anything is loaded. */
import { ModelError } from '../errors.ts';
import type { GraphWeight } from '../onnx/graph.ts';
import type { ElementType } from '../onnx/types.ts';
import { elementCount, type TensorSource } from './tensor-source.ts';

/** Whole rows of a stored tensor. */
export interface Slice {
  readonly tensor: string;
  readonly start: number;
  readonly count: number;
}

/** A weight's content: slices one after the other, or values made from stored tensors. */
export type WeightContent = readonly Slice[] | (() => Float32Array);

export interface PlannedWeight extends GraphWeight {
  readonly source: TensorSource;
  readonly content: WeightContent;
}

export class Catalogue {
  readonly source: TensorSource;
  readonly planned: Map<string, PlannedWeight> = new Map();

  constructor(source: TensorSource) {
    this.source = source;
  }

  has(name: string): boolean {
    return this.source.tensors.has(name);
  }

  /** Rows `row` … `row + rows` of a tensor that must have `shape`. */
  rows(name: string, shape: readonly number[], row = 0, rows: number = shape[0]): Slice {
    this.check(name, shape);
    const width = elementCount(shape.slice(1));
    return { tensor: name, start: row * width, count: rows * width };
  }

  /** All of a tensor, as float32 (for the small ones that are computed with). */
  values(name: string, shape: readonly number[]): Float32Array {
    const stored = this.check(name, shape);
    if (stored.dtype !== 'F32') throw this.mismatch(name, `is ${stored.dtype}, not F32`);
    const values = new Float32Array(elementCount(shape));
    this.source.read(name, 0, new Uint8Array(values.buffer));
    return values;
  }

  define(key: string, type: ElementType, dims: readonly number[], content: WeightContent): GraphWeight {
    const planned = { key, type, dims, content, source: this.source };
    if (!this.planned.has(key)) this.planned.set(key, planned);
    return planned;
  }

  private check(name: string, shape: readonly number[]) {
    const stored = this.source.tensors.get(name);
    if (!stored) throw new ModelError('tensor-missing', `${this.source.label}: there is no tensor ${name}`);
    if (stored.shape.length !== shape.length || stored.shape.some((dim, i) => dim !== shape[i]))
      throw this.mismatch(name, `has shape [${stored.shape.join(', ')}], the model needs [${shape.join(', ')}]`);
    if (stored.dtype !== 'F32' && stored.dtype !== 'BF16') throw this.mismatch(name, `is ${stored.dtype}, not F32 or BF16`);
    return stored;
  }

  private mismatch(name: string, why: string): ModelError {
    return new ModelError('tensor-mismatch', `${this.source.label}: tensor ${name} ${why}`);
  }
}
