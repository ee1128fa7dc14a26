/**
 * Runs graphs on a device. Every input and output is bound to memory that stays where it is, so nothing is copied between runs and
 * CUDA can record a run once and replay it. The choice of the provider is made in `openRuntime` and felt nowhere else.
 */
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { ModelError } from '../errors.ts';
import type { Graph } from '../onnx/graph.ts';
import { byteLength, type ElementType } from '../onnx/types.ts';
import { CudaDevice } from './cuda-device.ts';
import { checkRange, type Device, type Memory } from './device.ts';
import { HostDevice } from './host-device.ts';
import { loadCuda, loadKoffi, onnxruntimeLibrary } from './libraries.ts';
import { type Handle, OrtApi } from './ort-api.ts';

export interface RuntimeOptions {
  readonly provider: 'cpu' | 'cuda';
  /** Number of the GPU. */
  readonly device?: number;
  /** Threads of one run on the CPU; default half of the cores, at most eight. */
  readonly threads?: number;
}

/** A tensor over device memory. */
export type Tensor = Handle;
export interface Session {
  readonly handle: Handle;
  readonly graph: Graph;
}
/** A session with all its inputs and outputs bound. */
export interface Binding {
  readonly session: Session;
  readonly handle: Handle;
}

const PACKAGE_FOLDER = fileURLToPath(new URL('../..', import.meta.url));
const WARNING = 3;
const DEVICE_ALLOCATOR = 0;
const DEFAULT_MEMORY = 0;

/** @throws ModelError `runtime-missing` naming what is missing */
export async function openRuntime(options: RuntimeOptions): Promise<Runtime> {
  const koffi = await loadKoffi();
  const library = onnxruntimeLibrary();
  const cuda = options.provider === 'cuda' ? loadCuda(koffi, library) : null;
  const api = new OrtApi(koffi, library);
  const host = new HostDevice(api, (address, bytes) => koffi.view(address, bytes));
  return new Runtime(api, host, cuda ? new CudaDevice(koffi, cuda, options.device ?? 0) : host, options);
}

export class Runtime {
  readonly device: Device;
  /** For the few inputs that the kernels read on the host. */
  readonly host: HostDevice;
  private readonly api: OrtApi;
  private readonly env: Handle;
  private readonly hostInfo: Handle;
  private readonly deviceInfo: Handle;
  private readonly options: RuntimeOptions;
  private readonly runOptions = new Map<number, Handle>();

  constructor(api: OrtApi, host: HostDevice, device: Device, options: RuntimeOptions) {
    this.api = api;
    this.host = host;
    this.device = device;
    this.options = options;
    this.env = api.create('CreateEnv', WARNING, 'undertone');
    this.hostInfo = api.create('CreateCpuMemoryInfo', DEVICE_ALLOCATOR, DEFAULT_MEMORY);
    this.deviceInfo =
      device.provider === 'cuda'
        ? api.create('CreateMemoryInfo', 'Cuda', DEVICE_ALLOCATOR, options.device ?? 0, DEFAULT_MEMORY)
        : this.hostInfo;
  }

  get version(): string {
    return this.api.version;
  }

  tensor(
    memory: Memory,
    offset: number,
    type: ElementType,
    dims: readonly number[],
    where: 'device' | 'host' = 'device',
  ): Tensor {
    const bytes = byteLength(type, dims);
    checkRange(memory, offset, bytes);
    return this.api.create(
      'CreateTensorWithDataAsOrtValue',
      where === 'host' ? this.hostInfo : this.deviceInfo,
      memory.address + BigInt(offset),
      bytes,
      BigInt64Array.from(dims, BigInt),
      dims.length,
      type,
    );
  }

  /** `weights`: a tensor for each weight of the graph; their memory is used as it is. */
  session(graph: Graph, weights: ReadonlyMap<string, Tensor>, { recorded = false }: { recorded?: boolean } = {}): Session {
    const { api } = this;
    const options = api.create('CreateSessionOptions');
    api.call('SetSessionLogSeverityLevel', options, WARNING);
    // The weights are shared by several sessions and must not be copied into packed forms.
    api.call('AddSessionConfigEntry', options, 'session.disable_prepacking', '1');
    // Never read, since every weight is handed over, but it must be a folder in which EXTERNAL_LOCATION exists: this package's.
    api.call('AddSessionConfigEntry', options, 'session.model_external_initializers_file_folder_path', PACKAGE_FOLDER);
    api.call('AddSessionConfigEntry', options, 'session.intra_op.allow_spinning', '0');
    api.call('SetIntraOpNumThreads', options, this.options.threads ?? Math.max(1, Math.min(8, availableParallelism() >> 1)));
    for (const key of graph.weights.keys()) {
      const tensor = weights.get(key);
      if (tensor === undefined) throw new ModelError('tensor-missing', `the weight ${key} was not loaded`);
      api.call('AddInitializer', options, key, tensor);
    }
    if (this.device instanceof CudaDevice) this.appendCuda(options, this.device, recorded);
    const model = graph.encode();
    const handle = api.create('CreateSessionFromArray', this.env, model, model.length, options);
    api.release('ReleaseSessionOptions', options);
    return { handle, graph };
  }

  /** @throws ModelError `argument-invalid` when an input or output of the graph has no tensor */
  bind(session: Session, tensors: Readonly<Record<string, Tensor>>): Binding {
    const handle = this.api.create('CreateIoBinding', session.handle);
    const { inputs, outputs } = session.graph;
    const tensorOf = (name: string): Tensor => {
      const tensor = tensors[name];
      if (tensor === undefined) throw new ModelError('argument-invalid', `the graph's ${name} is not bound`);
      return tensor;
    };
    for (const { name } of inputs) this.api.call('BindInput', handle, name, tensorOf(name));
    for (const { name } of outputs) this.api.call('BindOutput', handle, name, tensorOf(name));
    return { session, handle };
  }

  /** Runs to the end on the host; on a GPU the work is queued. `recording`: number of the recorded run, or none. */
  run(binding: Binding, recording = -1): void {
    this.api.call('RunWithBinding', binding.session.handle, this.optionsFor(recording), binding.handle);
  }

  releaseBinding(binding: Binding): void {
    this.api.release('ReleaseIoBinding', binding.handle);
  }

  releaseTensor(tensor: Tensor): void {
    this.api.release('ReleaseValue', tensor);
  }

  private optionsFor(recording: number): Handle {
    let options = this.runOptions.get(recording);
    if (options === undefined) {
      options = this.api.create('CreateRunOptions');
      if (this.device.provider === 'cuda') {
        this.api.call('AddRunConfigEntry', options, 'gpu_graph_id', String(recording));
        this.api.call('AddRunConfigEntry', options, 'disable_synchronize_execution_providers', '1');
      }
      this.runOptions.set(recording, options);
    }
    return options;
  }

  private appendCuda(options: Handle, device: CudaDevice, recorded: boolean): void {
    const { api } = this;
    const cuda = api.create('CreateCUDAProviderOptions');
    const settings = {
      device_id: String(this.options.device ?? 0),
      enable_cuda_graph: recorded ? '1' : '0',
      arena_extend_strategy: 'kSameAsRequested',
      use_tf32: '0',
    };
    api.call('UpdateCUDAProviderOptions', cuda, Object.keys(settings), Object.values(settings), Object.keys(settings).length);
    api.call('UpdateCUDAProviderOptionsWithValue', cuda, 'user_compute_stream', device.stream);
    api.call('SessionOptionsAppendExecutionProvider_CUDA_V2', options, cuda);
  }
}
