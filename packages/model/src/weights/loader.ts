/** Puts the planned weights into the device's memory, converted to the type that the graphs use, in pieces. */
import { ModelError } from '../errors.ts';
import { BFLOAT16, byteLength, FLOAT } from '../onnx/types.ts';
import type { Runtime, Tensor } from '../runtime/runtime.ts';
import { asBytes, type Memory } from '../runtime/device.ts';
import { bf16ToFloat, floatToBf16 } from './bfloat16.ts';
import type { PlannedWeight, Slice } from './catalogue.ts';
import { STORED_BYTES } from './tensor-source.ts';

/** Elements that are read and converted at once. */
const PIECE = 16 * 1024 * 1024;

/** @throws ModelError `out-of-memory` before anything is read, when the device cannot hold them */
export function loadWeights(runtime: Runtime, planned: Iterable<PlannedWeight>): Map<string, Tensor> {
  const weights = [...planned];
  const total = weights.reduce((sum, w) => sum + byteLength(w.type, w.dims), 0);
  const free = runtime.device.freeBytes();
  if (total > free) throw new ModelError('out-of-memory', `the weights take ${total} bytes and ${free} are free`);
  const staging = new Uint8Array(PIECE * STORED_BYTES.F32);
  const tensors = new Map<string, Tensor>();
  for (const weight of weights) {
    const memory = runtime.device.allocate(byteLength(weight.type, weight.dims));
    fill(runtime, memory, weight, staging);
    tensors.set(weight.key, runtime.tensor(memory, 0, weight.type, weight.dims));
  }
  runtime.device.synchronize();
  return tensors;
}

function fill(runtime: Runtime, memory: Memory, weight: PlannedWeight, staging: Uint8Array): void {
  if (typeof weight.content === 'function') {
    runtime.device.upload(memory, 0, weight.content());
    return;
  }
  let at = 0;
  for (const slice of weight.content)
    for (let done = 0; done < slice.count; done += PIECE) {
      const bytes = piece(weight, slice, done, staging);
      runtime.device.upload(memory, at, bytes);
      at += bytes.length;
    }
  if (at !== byteLength(weight.type, weight.dims))
    throw new ModelError('tensor-mismatch', `${weight.key}: ${at} bytes where [${weight.dims.join(', ')}] was expected`);
}

function piece(weight: PlannedWeight, slice: Slice, done: number, staging: Uint8Array): Uint8Array {
  const stored = weight.source.tensors.get(slice.tensor)!.dtype;
  const count = Math.min(PIECE, slice.count - done);
  const raw = staging.subarray(0, count * STORED_BYTES[stored]);
  weight.source.read(slice.tensor, slice.start + done, raw);
  if (stored === 'BF16' && weight.type === FLOAT) return asBytes(bf16ToFloat(new Uint16Array(raw.buffer, 0, count)));
  if (stored === 'F32' && weight.type === BFLOAT16) return asBytes(floatToBf16(new Float32Array(raw.buffer, 0, count)));
  return raw;
}
