/** Mimi for a number of places: frames of sound to codes and back, each place with a state of its own. */
import { CODEBOOKS, FRAME_SAMPLES, type MimiConfig } from '../config.ts';
import { type CodecGraph, mimiDecoderGraph, mimiEncoderGraph } from '../graphs/mimi.ts';
import { LATENT_STEPS } from '../graphs/mimi-transformer.ts';
import { BOOL, BYTES, FLOAT, INT64 } from '../onnx/types.ts';
import type { Memory } from '../runtime/device.ts';
import type { Binding, Runtime, Session, Tensor } from '../runtime/runtime.ts';
import type { MimiWeights } from '../weights/mimi-weights.ts';
import { type FieldSpecs, Fields } from './fields.ts';

interface Sound {
  readonly audio: typeof FLOAT;
}
interface Codes {
  readonly codes: typeof INT64;
}
interface Clock {
  readonly position: typeof FLOAT;
  readonly row: typeof INT64;
  readonly filled: typeof FLOAT;
  readonly active: typeof BOOL;
  readonly first: typeof BOOL;
}
const SOUND: FieldSpecs<Sound> = { audio: [FLOAT, FRAME_SAMPLES] };
const CODES: FieldSpecs<Codes> = { codes: [INT64, CODEBOOKS] };
const CLOCK: FieldSpecs<Clock> = {
  position: [FLOAT, LATENT_STEPS],
  row: [INT64, LATENT_STEPS],
  filled: [FLOAT, 1],
  active: [BOOL, 1],
  first: [BOOL, 1],
};

export interface CodecGraphs {
  readonly encoder: CodecGraph;
  readonly decoder: CodecGraph;
}

export function codecGraphs(weights: MimiWeights): CodecGraphs {
  return { encoder: mimiEncoderGraph(weights), decoder: mimiDecoderGraph(weights) };
}

export class Codec {
  /** Sound in, codes out. */
  readonly encoder: CodecSide;
  /** Codes in, sound out. */
  readonly decoder: CodecSide;

  static bytesPerPlace(graphs: CodecGraphs): number {
    return [...graphs.encoder.states, ...graphs.decoder.states].reduce((sum, s) => sum + stateBytes(s.dims), 0);
  }

  constructor(runtime: Runtime, config: MimiConfig, graphs: CodecGraphs, weights: ReadonlyMap<string, Tensor>, places: number) {
    this.encoder = new CodecSide(runtime, config, graphs.encoder, weights, places);
    this.decoder = new CodecSide(runtime, config, graphs.decoder, weights, places);
  }

  /** Begins anew at a place. */
  reset(place: number): void {
    this.encoder.reset(place);
    this.decoder.reset(place);
  }
}

const stateBytes = (dims: readonly number[]): number => dims.reduce((product, dim) => product * dim, BYTES[FLOAT]);

/** The encoder or the decoder: write the one of `sound` and `codes`, `run`, read the other. */
export class CodecSide {
  readonly sound: Fields<Sound>;
  readonly codes: Fields<Codes>;
  private readonly clock: Fields<Clock>;
  private readonly from: Fields<Sound> | Fields<Codes>;
  private readonly to: Fields<Sound> | Fields<Codes>;
  private readonly runtime: Runtime;
  private readonly config: MimiConfig;
  private readonly codec: CodecGraph;
  private readonly session: Session;
  private readonly states: readonly Memory[];
  private readonly frames: Int32Array;
  private readonly bindings = new Map<number, Binding>();

  constructor(runtime: Runtime, config: MimiConfig, codec: CodecGraph, weights: ReadonlyMap<string, Tensor>, places: number) {
    this.runtime = runtime;
    this.config = config;
    this.codec = codec;
    this.session = runtime.session(codec.graph, weights, { recorded: true });
    this.sound = new Fields(runtime, places, SOUND);
    this.codes = new Fields(runtime, places, CODES);
    const encodes = codec.graph.inputs.some(({ name }) => name === 'audio');
    this.from = encodes ? this.sound : this.codes;
    this.to = encodes ? this.codes : this.sound;
    this.clock = new Fields(runtime, places, CLOCK);
    this.states = codec.states.map((s) => runtime.device.allocate(places * stateBytes(s.dims)));
    for (let i = 0; i < places * LATENT_STEPS; i++) this.clock.host.row[i] = BigInt(i);
    this.frames = new Int32Array(places);
    for (let place = 0; place < places; place++) this.reset(place);
  }

  /** One frame of the places before `count` for which `active` holds; the others keep their state. */
  run(count: number, active: (place: number) => boolean): void {
    const { host } = this.clock;
    for (let place = 0; place < count; place++) {
      const steps = LATENT_STEPS * this.frames[place];
      host.active[place] = active(place) ? 1 : 0;
      host.first[place] = steps === 0 ? 1 : 0;
      host.filled[place] = Math.min(steps, this.config.context - LATENT_STEPS);
      for (let i = 0; i < LATENT_STEPS; i++) host.position[place * LATENT_STEPS + i] = steps + i;
      this.frames[place] += host.active[place];
    }
    this.clock.upload();
    this.from.upload();
    this.runtime.run(this.bindingFor(count), count);
    this.to.download();
  }

  reset(place: number): void {
    this.frames[place] = 0;
    this.codec.states.forEach((s, i) => {
      const bytes = stateBytes(s.dims);
      this.runtime.device.zero(this.states[i], place * bytes, bytes);
    });
  }

  private bindingFor(count: number): Binding {
    let binding = this.bindings.get(count);
    if (!binding) {
      binding = this.runtime.bind(this.session, this.tensors(count));
      this.bindings.set(count, binding);
      // A run that is recorded is executed twice the first time, so the first one must not move any state.
      const active = this.clock.host.active.slice();
      this.clock.host.active.fill(0);
      this.clock.upload();
      this.runtime.run(binding, count);
      this.clock.host.active.set(active);
      this.clock.upload();
    }
    return binding;
  }

  private tensors(count: number): Record<string, Tensor> {
    const tensors: Record<string, Tensor> = {
      audio: this.sound.tensor('audio', [count, 1, FRAME_SAMPLES]),
      codes: this.codes.tensor('codes', [count, CODEBOOKS]),
      position: this.clock.tensor('position', [count * LATENT_STEPS, 1]),
      row: this.clock.tensor('row', [count, LATENT_STEPS]),
      filled: this.clock.tensor('filled', [count, 1, 1, 1]),
      active: this.clock.tensor('active', [count, 1, 1]),
      first: this.clock.tensor('first', [count, 1, 1]),
    };
    this.codec.states.forEach(({ name, dims }, i) => {
      const tensor = this.runtime.tensor(this.states[i], 0, FLOAT, [count, ...dims]);
      tensors[name] = tensor;
      tensors[`new_${name}`] = tensor;
    });
    return tensors;
  }
}
