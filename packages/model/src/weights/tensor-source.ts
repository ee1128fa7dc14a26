/** Where tensors come from: a safetensors file, or a seed. */

export type StoredType = 'F32' | 'BF16' | 'F16' | 'F64' | 'I64' | 'I32' | 'I16' | 'I8' | 'U8' | 'BOOL';

export const STORED_BYTES: Readonly<Record<StoredType, number>> = {
  F32: 4,
  BF16: 2,
  F16: 2,
  F64: 8,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U8: 1,
  BOOL: 1,
};

export interface StoredTensor {
  readonly dtype: StoredType;
  readonly shape: readonly number[];
}

export interface TensorSource {
  /** For messages: the file's name, or what the source is. */
  readonly label: string;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /** Fills `into` with the tensor's bytes from element `start` on, in the stored type. */
  read(name: string, start: number, into: Uint8Array): void;
}

export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, dim) => product * dim, 1);
}
