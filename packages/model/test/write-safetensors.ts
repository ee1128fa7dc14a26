/** Writes safetensors files for tests: a header, and the bytes of each tensor. */
import { writeFileSync } from 'node:fs';
import { elementCount, STORED_BYTES, type StoredTensor, type TensorSource } from '../src/weights/tensor-source.ts';

/** The file of a header and data, as bytes. */
export function encodeSafetensors(header: unknown, data: Uint8Array): Uint8Array {
  const json = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const out = new Uint8Array(8 + json.length + data.length);
  new DataView(out.buffer).setBigUint64(0, BigInt(json.length), true);
  out.set(json, 8);
  out.set(data, 8 + json.length);
  return out;
}

/** All tensors of a source; `rename` gives other names, or splits a tensor into equal parts of its rows. */
export function writeSafetensors(
  path: string,
  source: TensorSource,
  rename: (name: string) => string[] = (name) => [name],
): void {
  const header: Record<string, unknown> = { __metadata__: { format: 'pt' } };
  const parts: Uint8Array[] = [];
  let offset = 0;
  for (const [name, { dtype, shape }] of source.tensors as Map<string, StoredTensor>) {
    const bytes = new Uint8Array(elementCount(shape) * STORED_BYTES[dtype]);
    source.read(name, 0, bytes);
    parts.push(bytes);
    const names = rename(name);
    for (const part of names) {
      const end = offset + bytes.length / names.length;
      header[part] = { dtype, shape: [shape[0] / names.length, ...shape.slice(1)], data_offsets: [offset, end] };
      offset = end;
    }
  }
  writeFileSync(path, encodeSafetensors(header, Buffer.concat(parts)));
}
