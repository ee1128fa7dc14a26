/** Memory that weights, states, inputs and outputs live in: the host's, or a GPU's. */

import { ModelError } from '../errors.ts';
import type { ElementType } from '../onnx/types.ts';

export interface Memory {
  readonly address: bigint;
  readonly bytes: number;
}

/** Memory of the host that can be read and written here. */
export interface HostMemory extends Memory {
  readonly view: Uint8Array<ArrayBuffer>;
}

/** A block of `planes` × `rows` × `width` bytes inside a memory. */
export interface Block {
  readonly memory: Memory;
  readonly offset: number;
  /** Bytes from one row to the next. */
  readonly rowPitch: number;
  /** Bytes from one plane to the next: a multiple of `rowPitch`. */
  readonly planePitch: number;
}

export interface BlockSize {
  readonly width: number;
  readonly rows: number;
  readonly planes: number;
}

export interface Device {
  readonly provider: 'cpu' | 'cuda';
  /** Type in which the language model computes here. */
  readonly compute: ElementType;
  /** @throws ModelError `out-of-memory` */
  allocate(bytes: number): Memory;
  free(memory: Memory): void;
  /**
   * Memory of the host that copies do not wait for.
   * @throws ModelError `out-of-memory`
   */
  allocateHost(bytes: number): HostMemory;
  zero(memory: Memory, offset: number, bytes: number): void;
  upload(memory: Memory, offset: number, data: ArrayBufferView): void;
  /** All of a host memory to the device's; queued: `from` must stay as it is until then. */
  copyIn(to: Memory, from: HostMemory): void;
  /** Back again; queued: `to` has it after `synchronize`. */
  copyOut(to: HostMemory, from: Memory): void;
  /** Waits for the work before it. */
  download(memory: Memory, offset: number, into: ArrayBufferView): void;
  /** Source and target must not overlap. */
  copy(to: Block, from: Block, size: BlockSize): void;
  /** Waits until everything asked for is done. */
  synchronize(): void;
  /** Bytes not in use. */
  freeBytes(): number;
}

/** Guards every access: nothing outside a memory is ever touched. */
export function checkRange(memory: Memory, offset: number, bytes: number): void {
  if (
    !(Number.isSafeInteger(offset) && Number.isSafeInteger(bytes) && offset >= 0 && bytes >= 0 && offset + bytes <= memory.bytes)
  )
    throw new ModelError('runtime-failed', `bytes ${offset} to ${offset + bytes} are outside a memory of ${memory.bytes}`);
}

/** The last byte that a block touches, plus one, counted from its offset. */
export function blockExtent(block: Block, size: BlockSize): number {
  return (size.planes - 1) * block.planePitch + (size.rows - 1) * block.rowPitch + size.width;
}

export function asBytes(data: ArrayBufferView): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
