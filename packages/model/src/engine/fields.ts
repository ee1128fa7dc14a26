/**
 * Small inputs or outputs of every call, side by side in one memory: one copy moves them all. Each field holds one row per place, so
 * the first n places of a field are the tensor of a run with n rows.
 */
import { BOOL, BYTES, FLOAT, INT32, INT64 } from '../onnx/types.ts';
import type { HostMemory, Memory } from '../runtime/device.ts';
import type { Runtime, Tensor } from '../runtime/runtime.ts';

interface HostArrays {
  readonly [FLOAT]: Float32Array;
  readonly [INT32]: Int32Array;
  readonly [INT64]: BigInt64Array;
  readonly [BOOL]: Uint8Array;
}
type FieldType = typeof FLOAT | typeof INT32 | typeof INT64 | typeof BOOL;
/** The element type of each field. */
type FieldTypes<T> = { readonly [K in keyof T]: FieldType };
/** Element type and elements per place of each field. */
export type FieldSpecs<T> = { readonly [K in keyof T]: readonly [type: T[K], width: number] };

const ALIGNMENT = 64;
const arrays = { [FLOAT]: Float32Array, [INT32]: Int32Array, [INT64]: BigInt64Array, [BOOL]: Uint8Array };

export class Fields<T extends FieldTypes<T>> {
  /** The host's side: write before `upload`, read after `download` or `fetch` and a wait. */
  readonly host: { readonly [K in keyof T]: HostArrays[T[K]] };
  private readonly specs: Record<string, readonly [FieldType, number]>;
  private readonly offsets: Record<string, number> = {};
  private readonly mirror: HostMemory;
  private readonly memory: Memory;
  private readonly runtime: Runtime;

  constructor(runtime: Runtime, places: number, specs: FieldSpecs<T>) {
    this.runtime = runtime;
    this.specs = specs as Record<string, readonly [FieldType, number]>;
    let size = 0;
    for (const [name, [type, width]] of Object.entries(this.specs)) {
      this.offsets[name] = size;
      size += Math.ceil((places * width * BYTES[type]) / ALIGNMENT) * ALIGNMENT;
    }
    this.mirror = runtime.device.allocateHost(size);
    this.mirror.view.fill(0);
    this.memory = runtime.device.allocate(size);
    runtime.device.zero(this.memory, 0, size);
    const { buffer, byteOffset } = this.mirror.view;
    const view = ([name, [type, width]]: [string, readonly [FieldType, number]]) =>
      [name, new arrays[type](buffer, byteOffset + this.offsets[name], places * width)] as const;
    this.host = Object.fromEntries(Object.entries(this.specs).map(view)) as unknown as typeof this.host;
  }

  /** A tensor over the first places of a field; `dims` cover exactly those. */
  tensor(name: keyof T & string, dims: readonly number[]): Tensor {
    return this.runtime.tensor(this.memory, this.offsets[name], this.specs[name][0], dims);
  }

  /** Queued: `host` must stay as it is until the next wait. */
  upload(): void {
    this.runtime.device.copyIn(this.memory, this.mirror);
  }

  /** Queued after the runs before it: `host` has it after the next wait. */
  fetch(): void {
    this.runtime.device.copyOut(this.mirror, this.memory);
  }

  /** Fetches and waits. */
  download(): void {
    this.fetch();
    this.runtime.device.synchronize();
  }
}
