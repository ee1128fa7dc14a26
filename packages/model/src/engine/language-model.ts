/** The language model for a number of places: one step of many calls at once, or many prompt steps of one call. */
import { ADJUSTED_TOKENS, AUDIO_TOP_K, CODEBOOKS, type LmConfig, STREAMS, TEXT_TOP_K } from '../config.ts';
import { depthGraph } from '../graphs/depth.ts';
import { rotationRows } from '../graphs/layers.ts';
import { cacheNames, decodeGraph } from '../graphs/temporal.ts';
import { BOOL, BYTES, FLOAT, INT32, INT64 } from '../onnx/types.ts';
import type { Memory } from '../runtime/device.ts';
import type { Binding, Runtime, Session, Tensor } from '../runtime/runtime.ts';
import type { LmWeights } from '../weights/lm-weights.ts';
import type { CodeFields } from './codec.ts';
import { type FieldSpecs, Fields } from './fields.ts';
import { KvCache } from './kv-cache.ts';

interface LmInputs {
  readonly tokens: typeof INT64;
  readonly is_heard: typeof BOOL;
  readonly first_code: typeof INT64;
  readonly position: typeof FLOAT;
  readonly last_index: typeof INT32;
  readonly text_adjusted: typeof INT64;
  readonly text_penalty: typeof FLOAT;
  readonly text_shift: typeof FLOAT;
  readonly text_noise: typeof FLOAT;
  readonly text_inverse_temperature: typeof FLOAT;
  readonly audio_noise: typeof FLOAT;
  readonly audio_inverse_temperature: typeof FLOAT;
}
const INPUTS: FieldSpecs<LmInputs> = {
  tokens: [INT64, STREAMS],
  is_heard: [BOOL, STREAMS],
  first_code: [INT64, 1],
  position: [FLOAT, 1],
  last_index: [INT32, 1],
  text_adjusted: [INT64, ADJUSTED_TOKENS],
  text_penalty: [FLOAT, ADJUSTED_TOKENS],
  text_shift: [FLOAT, ADJUSTED_TOKENS],
  text_noise: [FLOAT, TEXT_TOP_K],
  text_inverse_temperature: [FLOAT, 1],
  audio_noise: [FLOAT, CODEBOOKS * AUDIO_TOP_K],
  audio_inverse_temperature: [FLOAT, 1],
};
interface LmOutputs {
  readonly text_token: typeof INT64;
  readonly codes: typeof INT64;
}
const OUTPUTS: FieldSpecs<LmOutputs> = { text_token: [INT64, 1], codes: [INT64, CODEBOOKS] };

/** The graphs of a step; made before the weights are loaded, since they say which ones are needed. */
export interface LmGraphs {
  readonly decode: ReturnType<typeof decodeGraph>;
  readonly depth: ReturnType<typeof depthGraph>;
}

export function lmGraphs(weights: LmWeights, runtime: Runtime): LmGraphs {
  const { compute } = runtime.device;
  return { decode: decodeGraph(weights, compute), depth: depthGraph(weights, compute) };
}

/** Codes that the language model and the codec hand to each other on the device. */
export interface CodeExchange {
  /** The caller's newest frame. */
  readonly heard: CodeFields;
  /** The frame of the own voice that the step completes. */
  readonly spoken: CodeFields;
}

export class LanguageModel {
  readonly cache: KvCache;
  /** Write `inputs.host` for the places that take part, then `step` (or `queue` and fetch), then read `outputs.host`. */
  readonly inputs: Fields<LmInputs>;
  readonly outputs: Fields<LmOutputs>;
  /** What the temporal transformer hands to the depth transformer, in the device's compute type: [places, dim]. */
  readonly hidden: Memory;
  private readonly runtime: Runtime;
  private readonly config: LmConfig;
  private readonly decode: Session;
  private readonly depth: Session;
  private readonly places: number;
  private readonly codes: CodeExchange;
  private readonly taps: Readonly<Record<string, Tensor>>;
  /** Row numbers, and the depth steps' cache indices: inputs that never change. */
  private readonly rows: Memory;
  private readonly depthIndices: Memory;
  private readonly scratch: Memory;
  private readonly totals: Memory;
  private readonly bindings = new Map<number, readonly [Binding, Binding]>();

  /** `taps`: tensors for further outputs of the graphs, for comparing with upstream. */
  constructor(
    runtime: Runtime,
    config: LmConfig,
    graphs: LmGraphs,
    weights: ReadonlyMap<string, Tensor>,
    places: number,
    codes: CodeExchange,
    taps: Readonly<Record<string, Tensor>> = {},
  ) {
    this.codes = codes;
    this.taps = taps;
    this.runtime = runtime;
    this.config = config;
    this.decode = runtime.session(graphs.decode, weights, { recorded: true });
    this.depth = runtime.session(graphs.depth, weights, { recorded: true });
    this.cache = new KvCache(runtime, config, places);
    this.inputs = new Fields(runtime, places, INPUTS);
    this.inputs.host.text_penalty.fill(1);
    this.outputs = new Fields(runtime, places, OUTPUTS);
    this.places = places;
    const rows = Array.from({ length: places }, (_, place) => rotationRows(place)).flat();
    this.rows = runtime.device.allocate(rows.length * BYTES[INT64]);
    runtime.device.upload(this.rows, 0, BigInt64Array.from(rows, BigInt));
    this.depthIndices = runtime.device.allocate(CODEBOOKS * places * BYTES[INT32]);
    runtime.device.upload(
      this.depthIndices,
      0,
      Int32Array.from({ length: CODEBOOKS * places }, (_, i) => Math.floor(i / places)),
    );
    const size = BYTES[runtime.device.compute];
    this.hidden = runtime.device.allocate(places * config.dim * size);
    this.scratch = runtime.device.allocate(2 * config.depthLayers * places * config.depthDim * CODEBOOKS * size);
    runtime.device.zero(this.scratch, 0, this.scratch.bytes);
    // Read by the kernels on the host. The cache's capacity, not its filling: a recorded run keeps what it saw.
    this.totals = runtime.host.allocate(2 * BYTES[INT32]);
    runtime.host.upload(this.totals, 0, Int32Array.of(this.cache.capacity, CODEBOOKS));
  }

  /** One step of the places before `count`. Afterwards `cache.advance` the ones that took part; the others' caches are unchanged. */
  step(count: number): void {
    this.queue(count);
    this.outputs.download();
  }

  /** A step that is not waited for. */
  queue(count: number): void {
    const [decode, depth] = this.bindingsFor(count);
    this.inputs.upload();
    this.runtime.run(decode, count);
    this.runtime.run(depth, count);
  }

  private bindingsFor(count: number): readonly [Binding, Binding] {
    let bindings = this.bindings.get(count);
    if (!bindings) {
      bindings = [
        this.runtime.bind(this.decode, this.decodeTensors(count)),
        this.runtime.bind(this.depth, this.depthTensors(count)),
      ];
      this.bindings.set(count, bindings);
    }
    return bindings;
  }

  private decodeTensors(count: number): Record<string, Tensor> {
    const { inputs, config } = this;
    const tensors: Record<string, Tensor> = {
      ...this.taps,
      tokens: inputs.tensor('tokens', [count, STREAMS]),
      is_heard: inputs.tensor('is_heard', [count, STREAMS]),
      heard: this.codes.heard.tensor('codes', [count, CODEBOOKS]),
      position: inputs.tensor('position', [count, 1]),
      row: this.runtime.tensor(this.rows, 0, INT64, [count, 3]),
      last_index: inputs.tensor('last_index', [count]),
      total: this.runtime.tensor(this.totals, 0, INT32, [1], 'host'),
      text_adjusted: inputs.tensor('text_adjusted', [count, ADJUSTED_TOKENS]),
      text_penalty: inputs.tensor('text_penalty', [count, ADJUSTED_TOKENS]),
      text_shift: inputs.tensor('text_shift', [count, ADJUSTED_TOKENS]),
      text_noise: inputs.tensor('text_noise', [count, TEXT_TOP_K]),
      text_inverse_temperature: inputs.tensor('text_inverse_temperature', [count, 1]),
      hidden: this.hiddenTensor(count),
      text_token: this.outputs.tensor('text_token', [count, 1]),
    };
    for (let layer = 0; layer < config.layers; layer++) {
      const names = cacheNames(layer);
      const { key, value } = this.cache.tensors(layer, 0, count);
      Object.assign(tensors, {
        [names.key]: key,
        [names.value]: value,
        [`new_${names.key}`]: key,
        [`new_${names.value}`]: value,
      });
    }
    return tensors;
  }

  private depthTensors(count: number): Record<string, Tensor> {
    const { inputs, config } = this;
    const { compute } = this.runtime.device;
    const dims = [count, config.depthHeads, CODEBOOKS, config.depthDim / config.depthHeads];
    const plane = this.scratch.bytes / (2 * config.depthLayers);
    const tensors: Record<string, Tensor> = {
      ...this.taps,
      hidden: this.hiddenTensor(count),
      text_token: this.outputs.tensor('text_token', [count, 1]),
      audio_noise: inputs.tensor('audio_noise', [count, CODEBOOKS * AUDIO_TOP_K]),
      audio_inverse_temperature: inputs.tensor('audio_inverse_temperature', [count, 1]),
      capacity: this.runtime.tensor(this.totals, BYTES[INT32], INT32, [1], 'host'),
      first_code: inputs.tensor('first_code', [count, 1]),
      codes: this.outputs.tensor('codes', [count, CODEBOOKS]),
      spoken: this.codes.spoken.tensor('codes', [count, CODEBOOKS]),
    };
    for (let k = 0; k < CODEBOOKS; k++)
      tensors[`index_${k}`] = this.runtime.tensor(this.depthIndices, k * this.places * BYTES[INT32], INT32, [count]);
    for (let layer = 0; layer < config.depthLayers; layer++)
      ['key', 'value'].forEach((part, i) => {
        const tensor = this.runtime.tensor(this.scratch, (2 * layer + i) * plane, compute, dims);
        tensors[`${part}_${layer}`] = tensor;
        for (let k = 0; k < CODEBOOKS; k++) tensors[`${part}_${layer}_${k}`] = tensor;
      });
    return tensors;
  }

  private hiddenTensor(count: number): Tensor {
    return this.runtime.tensor(this.hidden, 0, this.runtime.device.compute, [count, this.config.dim]);
  }
}
