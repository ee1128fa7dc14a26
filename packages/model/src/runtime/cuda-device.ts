/** A GPU's memory through the CUDA runtime library. All work goes to one stream, which ONNX Runtime's sessions share. */
import { ModelError } from '../errors.ts';
import { BFLOAT16, type ElementType } from '../onnx/types.ts';
import { type Block, type BlockSize, blockExtent, checkRange, type Device, type HostMemory, type Memory } from './device.ts';

type Koffi = typeof import('koffi').default;
type Library = ReturnType<Koffi['load']>;
type Call = (...args: unknown[]) => unknown;

const OUT_OF_MEMORY = 2;
const HOST_TO_DEVICE = 1;
const DEVICE_TO_HOST = 2;
const DEVICE_TO_DEVICE = 3;
const NON_BLOCKING = 1;

export class CudaDevice implements Device {
  readonly provider = 'cuda';
  readonly compute: ElementType = BFLOAT16;
  readonly stream: bigint;
  private readonly library: Library;
  private readonly errorName: Call;
  private readonly malloc: Call;
  private readonly mallocHost: Call;
  private readonly release: Call;
  private readonly memset: Call;
  private readonly toDevice: Call;
  private readonly toHost: Call;
  private readonly copyPinned: Call;
  private readonly copy3d: Call;
  private readonly wait: Call;
  private readonly memInfo: Call;
  private readonly viewOf: (address: bigint, bytes: number) => ArrayBuffer;

  constructor(koffi: Koffi, library: Library, index: number) {
    this.library = library;
    // cudaMemcpy3DParms: array, position and pitched pointer of source and target, extent, direction.
    const three = { a: 'size_t', b: 'size_t', c: 'size_t' };
    const pitched = koffi.struct({ address: 'uint64_t', pitch: 'size_t', width: 'size_t', height: 'size_t' });
    const triple = koffi.struct(three);
    const parameters = koffi.struct({
      sourceArray: 'uint64_t',
      sourcePosition: triple,
      source: pitched,
      targetArray: 'uint64_t',
      targetPosition: triple,
      target: pitched,
      extent: triple,
      kind: 'int',
    });
    this.viewOf = (address, bytes) => koffi.view(address, bytes);
    this.errorName = library.func('const char* cudaGetErrorName(int)') as Call;
    this.malloc = this.checked('int cudaMalloc(_Out_ void**, size_t)');
    this.mallocHost = this.checked('int cudaMallocHost(_Out_ void**, size_t)');
    this.release = this.checked('int cudaFree(void*)');
    this.memset = this.checked('int cudaMemsetAsync(void*, int, size_t, void*)');
    this.toDevice = this.checked('int cudaMemcpyAsync(void*, const void*, size_t, int, void*)');
    this.toHost = this.checked('int cudaMemcpyAsync(_Out_ void*, void*, size_t, int, void*)');
    this.copyPinned = this.named(
      'cudaMemcpyAsync',
      library.func('cudaMemcpyAsync', 'int', ['void*', 'void*', 'size_t', 'int', 'void*']) as Call,
    );
    this.copy3d = this.named(
      'cudaMemcpy3DAsync',
      library.func('cudaMemcpy3DAsync', 'int', [koffi.pointer(parameters), 'void*']) as Call,
    );
    this.wait = this.checked('int cudaStreamSynchronize(void*)');
    this.memInfo = this.checked('int cudaMemGetInfo(_Out_ size_t*, _Out_ size_t*)');
    this.checked('int cudaSetDevice(int)')(index);
    const stream: [bigint] = [0n];
    this.checked('int cudaStreamCreateWithFlags(_Out_ void**, uint32_t)')(stream, NON_BLOCKING);
    this.stream = stream[0];
  }

  allocate(bytes: number): Memory {
    const address: [bigint] = [0n];
    try {
      this.malloc(address, bytes);
    } catch (cause) {
      if (!(cause instanceof ModelError && cause.code === 'out-of-memory')) throw cause;
      throw new ModelError('out-of-memory', `${bytes} bytes are needed and ${this.freeBytes()} are free on the GPU`, { cause });
    }
    return { address: BigInt(address[0]), bytes };
  }

  free(memory: Memory): void {
    this.release(memory.address);
  }

  allocateHost(bytes: number): HostMemory {
    const out: [bigint] = [0n];
    this.mallocHost(out, bytes);
    const address = BigInt(out[0]);
    return { address, bytes, view: new Uint8Array(this.viewOf(address, bytes)) };
  }

  zero(memory: Memory, offset: number, bytes: number): void {
    checkRange(memory, offset, bytes);
    this.memset(memory.address + BigInt(offset), 0, bytes, this.stream);
  }

  upload(memory: Memory, offset: number, data: ArrayBufferView): void {
    checkRange(memory, offset, data.byteLength);
    this.toDevice(memory.address + BigInt(offset), data, data.byteLength, HOST_TO_DEVICE, this.stream);
  }

  copyIn(to: Memory, from: HostMemory): void {
    checkRange(to, 0, from.bytes);
    this.copyPinned(to.address, from.address, from.bytes, HOST_TO_DEVICE, this.stream);
  }

  copyOut(to: HostMemory, from: Memory): void {
    checkRange(from, 0, to.bytes);
    this.copyPinned(to.address, from.address, to.bytes, DEVICE_TO_HOST, this.stream);
  }

  download(memory: Memory, offset: number, into: ArrayBufferView): void {
    checkRange(memory, offset, into.byteLength);
    this.toHost(into, memory.address + BigInt(offset), into.byteLength, DEVICE_TO_HOST, this.stream);
    this.synchronize();
  }

  copy(to: Block, from: Block, size: BlockSize): void {
    checkRange(to.memory, to.offset, blockExtent(to, size));
    checkRange(from.memory, from.offset, blockExtent(from, size));
    const pitched = (block: Block) => ({
      address: block.memory.address + BigInt(block.offset),
      pitch: block.rowPitch,
      width: size.width,
      height: block.planePitch / block.rowPitch,
    });
    const origin = { a: 0, b: 0, c: 0 };
    this.copy3d(
      {
        sourceArray: 0,
        sourcePosition: origin,
        source: pitched(from),
        targetArray: 0,
        targetPosition: origin,
        target: pitched(to),
        extent: { a: size.width, b: size.rows, c: size.planes },
        kind: DEVICE_TO_DEVICE,
      },
      this.stream,
    );
  }

  synchronize(): void {
    this.wait(this.stream);
  }

  freeBytes(): number {
    const free: [number] = [0];
    this.memInfo(free, [0]);
    return Number(free[0]);
  }

  private checked(definition: string): Call {
    return this.named(definition.split(' ')[1].split('(')[0], this.library.func(definition) as Call);
  }

  private named(name: string, call: Call): Call {
    return (...args) => {
      const error = call(...args) as number;
      if (error !== 0)
        throw new ModelError(error === OUT_OF_MEMORY ? 'out-of-memory' : 'runtime-failed', `${name}: ${this.errorName(error)}`);
    };
  }
}
