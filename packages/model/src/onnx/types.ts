/** Element types, domains and versions of the ONNX files that this package writes. */

/** TensorProto.DataType. */
export const FLOAT = 1;
export const INT32 = 6;
export const INT64 = 7;
export const BOOL = 9;
export const BFLOAT16 = 16;
export type ElementType = typeof FLOAT | typeof INT32 | typeof INT64 | typeof BOOL | typeof BFLOAT16;

export const BYTES: Readonly<Record<ElementType, number>> = { [FLOAT]: 4, [INT32]: 4, [INT64]: 8, [BOOL]: 1, [BFLOAT16]: 2 };

export const IR_VERSION = 10;
/** Version of the standard operators. */
export const OPSET = 21;
/** ONNX Runtime's own operators: attention with a cache, fused norms, rotary embedding. */
export const CONTRIB_DOMAIN = 'com.microsoft';
export const CONTRIB_OPSET = 1;

/** Bytes of a tensor. */
export function byteLength(type: ElementType, dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, 1) * BYTES[type];
}
