/**
 * ONNX Runtime's C API through its table of function pointers, which is append-only: a slot never changes its meaning. Only the
 * functions used here are named.
 */
import { ModelError } from '../errors.ts';

/** The version whose table the slots below are taken from; a newer library still serves it. */
const API_VERSION = 29;

/** Slot and parameters of each function; all return a status. */
const FUNCTIONS = {
  CreateEnv: [3, 'int, const char*, _Out_ void**'],
  CreateSessionFromArray: [8, 'void*, const void*, size_t, void*, _Out_ void**'],
  CreateSessionOptions: [10, '_Out_ void**'],
  SetSessionLogSeverityLevel: [22, 'void*, int'],
  SetIntraOpNumThreads: [24, 'void*, int'],
  CreateRunOptions: [39, '_Out_ void**'],
  CreateTensorWithDataAsOrtValue: [49, 'void*, void*, size_t, const int64_t*, size_t, int, _Out_ void**'],
  CreateMemoryInfo: [68, 'const char*, int, int, int, _Out_ void**'],
  CreateCpuMemoryInfo: [69, 'int, int, _Out_ void**'],
  AllocatorAlloc: [75, 'void*, size_t, _Out_ void**'],
  AllocatorFree: [76, 'void*, void*'],
  GetAllocatorWithDefaultOptions: [78, '_Out_ void**'],
  AddSessionConfigEntry: [130, 'void*, const char*, const char*'],
  RunWithBinding: [133, 'void*, void*, void*'],
  CreateIoBinding: [134, 'void*, _Out_ void**'],
  BindInput: [136, 'void*, const char*, void*'],
  BindOutput: [137, 'void*, const char*, void*'],
  AddInitializer: [150, 'void*, const char*, void*'],
  AddRunConfigEntry: [165, 'void*, const char*, const char*'],
  SessionOptionsAppendExecutionProvider_CUDA_V2: [204, 'void*, void*'],
  CreateCUDAProviderOptions: [205, '_Out_ void**'],
  UpdateCUDAProviderOptions: [206, 'void*, const char**, const char**, size_t'],
  UpdateCUDAProviderOptionsWithValue: [263, 'void*, const char*, void*'],
} as const;

const RELEASES = {
  ReleaseStatus: 93,
  ReleaseSession: 95,
  ReleaseValue: 96,
  ReleaseSessionOptions: 100,
  ReleaseIoBinding: 135,
} as const;
const GET_ERROR_MESSAGE = 2;
const TABLE_LENGTH = 264;

/** The address of an object of ONNX Runtime's. */
export type Handle = bigint;
type Argument = Handle | number | string | ArrayBufferView | readonly string[];
type Call = (...args: unknown[]) => unknown;
type Koffi = typeof import('koffi').default;

export type OrtFunction = keyof typeof FUNCTIONS;

export class OrtApi {
  readonly version: string;
  /** Kept: a library that nothing refers to is unloaded, functions and all. */
  private readonly library: ReturnType<Koffi['load']>;
  private readonly functions: Map<string, Call>;
  private readonly message: Call;

  constructor(koffi: Koffi, library: string) {
    let base: unknown;
    try {
      this.library = koffi.load(library);
      base = this.library.func('void* OrtGetApiBase()')();
    } catch (cause) {
      throw new ModelError('runtime-missing', `ONNX Runtime cannot be loaded from ${library}: ${(cause as Error).message}`, {
        cause,
      });
    }
    const [getApi, getVersion] = koffi.decode(base, koffi.array('void*', 2)) as Handle[];
    this.version = koffi.call(getVersion, koffi.proto('str', [])) as string;
    const api: unknown = koffi.call(getApi, koffi.proto('void*', ['uint32_t']), API_VERSION);
    if (!api)
      throw new ModelError('runtime-missing', `ONNX Runtime 1.${API_VERSION} or newer is needed, ${library} is ${this.version}`);
    const table = koffi.decode(api, koffi.array('void*', TABLE_LENGTH)) as Handle[];
    const types = (list: string): string[] => list.split(', ');
    const bind = (slot: number, result: string, parameters: string): Call =>
      koffi.decode(table[slot], koffi.proto(`${result} ort_${slot}_${uniqueNumber++}(${types(parameters).join(', ')})`)) as Call;
    this.message = bind(GET_ERROR_MESSAGE, 'const char*', 'void*');
    this.functions = new Map([
      ...Object.entries(FUNCTIONS).map(([name, [slot, parameters]]) => [name, bind(slot, 'void*', parameters)] as const),
      ...Object.entries(RELEASES).map(([name, slot]) => [name, bind(slot, 'void', 'void*')] as const),
    ]);
  }

  /** @throws ModelError `runtime-failed` or `out-of-memory` with ONNX Runtime's own words */
  call(name: OrtFunction, ...args: Argument[]): void {
    this.check(name, this.functions.get(name)!(...args));
  }

  /** Calls a function whose last parameter receives an object. */
  create(name: OrtFunction, ...args: Argument[]): Handle {
    const out: [Handle | null] = [null];
    this.check(name, this.functions.get(name)!(...args, out));
    return out[0]!;
  }

  release(name: keyof typeof RELEASES, object: Handle): void {
    this.functions.get(name)!(object);
  }

  private check(name: string, status: unknown): void {
    if (!status) return;
    const text = String(this.message(status));
    this.functions.get('ReleaseStatus')!(status);
    const memory = /out of memory|failed to allocate|smaller than requested bytes|ALLOC_FAILED/i.test(text);
    throw new ModelError(memory ? 'out-of-memory' : 'runtime-failed', `ONNX Runtime, ${name}: ${text}`);
  }
}

/** koffi wants every prototype's name to be new in the process. */
let uniqueNumber = 0;
