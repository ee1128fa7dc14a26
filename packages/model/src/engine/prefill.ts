/** Takes a prompt's columns into a place's cache, many steps at once, in parts short enough to come between other calls' frames. */
import { type LmConfig, STREAMS } from '../config.ts';
import { rotationRows } from '../graphs/layers.ts';
import { cacheNames, prefillGraph } from '../graphs/temporal.ts';
import type { Graph } from '../onnx/graph.ts';
import { BYTES, FLOAT, INT32, INT64 } from '../onnx/types.ts';
import type { Memory } from '../runtime/device.ts';
import type { Runtime, Session, Tensor } from '../runtime/runtime.ts';
import type { LmWeights } from '../weights/lm-weights.ts';
import { milliseconds } from './admission.ts';
import { type FieldSpecs, Fields } from './fields.ts';
import type { KvCache } from './kv-cache.ts';
import type { PromptColumns } from './prompt.ts';

/** Layers of one part: at full size about 3 ms on an H100. */
const LAYERS_PER_PART = 8;
/** Steps taken in at once. */
const STEPS = 256;

interface PrefillInputs {
  readonly tokens: typeof INT64;
  readonly position: typeof FLOAT;
  readonly row: typeof INT64;
  readonly last_index: typeof INT32;
  readonly is_embedded: typeof FLOAT;
}
const INPUTS: FieldSpecs<PrefillInputs> = {
  tokens: [INT64, STREAMS],
  position: [FLOAT, 1],
  row: [INT64, 3],
  last_index: [INT32, 1],
  is_embedded: [FLOAT, 1],
};

interface Part {
  readonly from: number;
  readonly to: number;
}

const parts = ({ layers }: LmConfig): Part[] =>
  Array.from({ length: Math.ceil(layers / LAYERS_PER_PART) }, (_, i) => ({
    from: i * LAYERS_PER_PART,
    to: Math.min(layers, (i + 1) * LAYERS_PER_PART),
  }));

export function prefillGraphs(weights: LmWeights, runtime: Runtime): Graph[] {
  return parts(weights.config).map(({ from, to }) => prefillGraph(weights, runtime.device.compute, from, to));
}

export class Prefill {
  private readonly runtime: Runtime;
  private readonly config: LmConfig;
  private readonly cache: KvCache;
  private readonly sessions: readonly Session[];
  private readonly inputs: Fields<PrefillInputs>;
  private readonly embedded: Memory;
  /** What one part hands to the next: written and read in turn. */
  private readonly hidden: readonly [Memory, Memory];
  private readonly total: Memory;

  constructor(
    runtime: Runtime,
    config: LmConfig,
    graphs: readonly Graph[],
    weights: ReadonlyMap<string, Tensor>,
    cache: KvCache,
  ) {
    this.runtime = runtime;
    this.config = config;
    this.cache = cache;
    this.sessions = graphs.map((graph) => runtime.session(graph, weights));
    this.inputs = new Fields(runtime, STEPS, INPUTS);
    this.embedded = runtime.device.allocate(STEPS * config.dim * BYTES[FLOAT]);
    runtime.device.zero(this.embedded, 0, this.embedded.bytes);
    const size = STEPS * config.dim * BYTES[runtime.device.compute];
    this.hidden = [runtime.device.allocate(size), runtime.device.allocate(size)];
    this.total = runtime.host.allocate(BYTES[INT32]);
  }

  /**
   * Columns `0` … `count` at steps from `position` on. Every `next()` runs one part; frames may come in between, but no
   * other prompt: the parts hand over through memory that there is once.
   */
  *run(place: number, columns: PromptColumns, count: number, position: number): Generator<void, void> {
    for (let done = 0; done < count; ) {
      const steps = Math.min(STEPS, count - done, this.cache.makeRoom(place));
      this.write(place, columns, done, steps, position + done);
      for (const [index, part] of parts(this.config).entries()) {
        this.runPart(index, part, place, steps);
        yield;
      }
      this.cache.advance(place, steps);
      done += steps;
    }
  }

  /** Milliseconds of the longest part of a long prompt. Call before any place is taken. */
  measure(): number {
    const steps = Math.min(STEPS, this.config.context - 1);
    const tokens = Array.from({ length: steps }, () => new Array<number>(STREAMS).fill(0));
    const pass = (): number => {
      const run = this.run(0, { tokens, embeddings: new Float32Array(0) }, steps, 0);
      const times = parts(this.config).map(() => milliseconds(() => run.next()));
      this.cache.clear(0);
      return Math.max(...times);
    };
    pass();
    return pass();
  }

  private write(place: number, columns: PromptColumns, from: number, steps: number, position: number): void {
    const { host } = this.inputs;
    const { dim } = this.config;
    const embeddedSteps = columns.embeddings.length / dim;
    for (let i = 0; i < steps; i++) {
      host.tokens.set(columns.tokens[from + i].map(BigInt), i * STREAMS);
      host.position[i] = position + i;
      host.row.set(rotationRows(i).map(BigInt), i * 3);
      host.is_embedded[i] = from + i < embeddedSteps ? 1 : 0;
    }
    const past = this.cache.rows(place);
    host.last_index[0] = past + steps - 1;
    this.inputs.upload();
    this.runtime.host.upload(this.total, 0, Int32Array.of(past + steps));
    const embeddings = columns.embeddings.subarray(from * dim, Math.min((from + steps) * dim, columns.embeddings.length));
    if (embeddings.length > 0) this.runtime.device.upload(this.embedded, 0, embeddings);
  }

  private runPart(index: number, part: Part, place: number, steps: number): void {
    const { runtime, inputs, config } = this;
    const { compute } = runtime.device;
    const hidden = (which: number): Tensor => runtime.tensor(this.hidden[which % 2], 0, compute, [steps, config.dim]);
    const tensors: Record<string, Tensor> = {
      tokens: inputs.tensor('tokens', [steps, STREAMS]),
      position: inputs.tensor('position', [steps, 1]),
      row: inputs.tensor('row', [steps, 3]),
      last_index: inputs.tensor('last_index', [1]),
      is_embedded: inputs.tensor('is_embedded', [steps, 1]),
      embedded: runtime.tensor(this.embedded, 0, FLOAT, [steps, config.dim]),
      total: runtime.tensor(this.total, 0, INT32, [1], 'host'),
      hidden_in: hidden(index),
      hidden: hidden(index + 1),
    };
    for (let layer = part.from; layer < part.to; layer++) {
      const names = cacheNames(layer);
      const { key, value } = this.cache.tensors(layer, place, 1);
      Object.assign(tensors, {
        [names.key]: key,
        [names.value]: value,
        [`new_${names.key}`]: key,
        [`new_${names.value}`]: value,
      });
    }
    const binding = runtime.bind(this.sessions[index], tensors);
    runtime.run(binding);
    runtime.device.synchronize();
    runtime.releaseBinding(binding);
    for (const tensor of new Set(Object.values(tensors))) runtime.releaseTensor(tensor);
  }
}
