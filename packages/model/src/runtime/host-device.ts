/** The host's memory, from ONNX Runtime's own allocator (aligned as its kernels like it). */
import { freemem } from 'node:os';
import { ModelError } from '../errors.ts';
import { type ElementType, FLOAT } from '../onnx/types.ts';
import {
  asBytes,
  type Block,
  type BlockSize,
  blockExtent,
  checkRange,
  type Device,
  type HostMemory,
  type Memory,
} from './device.ts';
import type { Handle, OrtApi } from './ort-api.ts';

export class HostDevice implements Device {
  readonly provider = 'cpu';
  readonly compute: ElementType = FLOAT;
  private readonly api: OrtApi;
  private readonly allocator: Handle;
  private readonly viewOf: (address: bigint, bytes: number) => ArrayBuffer;

  constructor(api: OrtApi, viewOf: (address: bigint, bytes: number) => ArrayBuffer) {
    this.api = api;
    this.viewOf = viewOf;
    this.allocator = api.create('GetAllocatorWithDefaultOptions');
  }

  allocate(bytes: number): HostMemory {
    const free = freemem();
    if (bytes > free) throw new ModelError('out-of-memory', `${bytes} bytes are needed and ${free} are free on this machine`);
    const address = BigInt(this.api.create('AllocatorAlloc', this.allocator, bytes));
    return { address, bytes, view: new Uint8Array(this.viewOf(address, bytes)) };
  }

  free(memory: Memory): void {
    this.api.call('AllocatorFree', this.allocator, memory.address);
  }

  allocateHost(bytes: number): HostMemory {
    return this.allocate(bytes);
  }

  zero(memory: Memory, offset: number, bytes: number): void {
    checkRange(memory, offset, bytes);
    (memory as HostMemory).view.fill(0, offset, offset + bytes);
  }

  upload(memory: Memory, offset: number, data: ArrayBufferView): void {
    checkRange(memory, offset, data.byteLength);
    (memory as HostMemory).view.set(asBytes(data), offset);
  }

  copyIn(to: Memory, from: HostMemory): void {
    this.upload(to, 0, from.view);
  }

  copyOut(to: HostMemory, from: Memory): void {
    this.download(from, 0, to.view);
  }

  download(memory: Memory, offset: number, into: ArrayBufferView): void {
    checkRange(memory, offset, into.byteLength);
    asBytes(into).set((memory as HostMemory).view.subarray(offset, offset + into.byteLength));
  }

  copy(to: Block, from: Block, size: BlockSize): void {
    checkRange(to.memory, to.offset, blockExtent(to, size));
    checkRange(from.memory, from.offset, blockExtent(from, size));
    const target = (to.memory as HostMemory).view;
    const source = (from.memory as HostMemory).view;
    for (let plane = 0; plane < size.planes; plane++)
      for (let row = 0; row < size.rows; row++) {
        const at = from.offset + plane * from.planePitch + row * from.rowPitch;
        target.set(source.subarray(at, at + size.width), to.offset + plane * to.planePitch + row * to.rowPitch);
      }
  }

  synchronize(): void {
    // Every run on the host ends before it returns.
  }

  freeBytes(): number {
    return freemem();
  }
}
