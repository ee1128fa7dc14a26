/** Mimi for a number of places: frames of sound to codes and back, each place with a state of its own. */
import { CODEBOOKS, FRAME_SAMPLES, type MimiConfig } from '../config.ts';
import { rotationRows } from '../graphs/layers.ts';
import { type CodecGraph, mimiDecoderGraph, mimiEncoderGraph } from '../graphs/mimi.ts';
import { LATENT_STEPS, MASKED, ringSize } from '../graphs/mimi-transformer.ts';
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
  readonly place: typeof INT64;
  readonly mask: typeof FLOAT;
  readonly active: typeof BOOL;
  readonly first: typeof BOOL;
}
/** Codes of every place. */
export type CodeFields = Fields<Codes>;
const SOUND: FieldSpecs<Sound> = { audio: [FLOAT, FRAME_SAMPLES] };
const CODES: FieldSpecs<Codes> = { codes: [INT64, CODEBOOKS] };

export function codeFields(runtime: Runtime, places: number): CodeFields {
  return new Fields(runtime, places, CODES);
}

function clockFields(runtime: Runtime, places: number, config: MimiConfig): Fields<Clock> {
  const specs: FieldSpecs<Clock> = {
    position: [FLOAT, LATENT_STEPS],
    row: [INT64, LATENT_STEPS * 3],
    place: [INT64, LATENT_STEPS * config.heads * 3],
    mask: [FLOAT, LATENT_STEPS * ringSize(config)],
    active: [BOOL, 1],
    first: [BOOL, 1],
  };
  const fields = new Fields(runtime, places, specs);
  for (let step = 0; step < places * LATENT_STEPS; step++) fields.host.row.set(rotationRows(step).map(BigInt), step * 3);
  return fields;
}

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

/** The encoder or the decoder. Sound is the host's, codes may stay on the device: see `queue`. */
export class CodecSide {
  readonly sound: Fields<Sound>;
  readonly codes: CodeFields;
  private readonly clock: Fields<Clock>;
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
    this.codes = codeFields(runtime, places);
    this.clock = clockFields(runtime, places, config);
    this.states = codec.states.map((s) => runtime.device.allocate(places * stateBytes(s.dims)));
    this.frames = new Int32Array(places);
    for (let place = 0; place < places; place++) this.reset(place);
  }

  /**
   * Queues one frame of the places before `count` for which `active` holds; the others keep their state. What it reads must be on
   * the device or be queued before, and what it writes be fetched after.
   */
  queue(count: number, active: (place: number) => boolean): void {
    const binding = this.bindingFor(count);
    for (let place = 0; place < count; place++) this.setClock(place, active(place));
    this.clock.upload();
    this.runtime.run(binding, count);
  }

  /** One frame of sound at the first place, waited for: its codes. */
  encode(frame: Float32Array): number[] {
    this.sound.host.audio.set(frame);
    this.sound.upload();
    this.queue(1, () => true);
    this.codes.download();
    return Array.from(this.codes.host.codes.subarray(0, CODEBOOKS), Number);
  }

  reset(place: number): void {
    this.frames[place] = 0;
    this.clock.host.mask.fill(MASKED, place * this.maskSize, (place + 1) * this.maskSize);
    this.codec.states.forEach((s, i) => {
      const bytes = stateBytes(s.dims);
      this.runtime.device.zero(this.states[i], place * bytes, bytes);
    });
  }

  private get maskSize(): number {
    return LATENT_STEPS * ringSize(this.config);
  }

  private setClock(place: number, active: boolean): void {
    const { host } = this.clock;
    const { context, heads } = this.config;
    const ring = ringSize(this.config);
    const steps = LATENT_STEPS * this.frames[place];
    host.active[place] = active ? 1 : 0;
    host.first[place] = steps === 0 ? 1 : 0;
    for (let i = 0; i < LATENT_STEPS; i++) {
      const at = (steps + i) % context;
      host.position[place * LATENT_STEPS + i] = steps + i;
      for (let head = 0; head < heads; head++) {
        const index = ((place * LATENT_STEPS + i) * heads + head) * 3;
        host.place[index] = BigInt(place);
        host.place[index + 1] = BigInt(head);
        // Places from `context` on are never seen.
        host.place[index + 2] = BigInt(active ? at : context);
      }
      // A step sees itself, what came before, and of this frame nothing later.
      if (active)
        for (let query = 0; query < LATENT_STEPS; query++)
          host.mask[place * this.maskSize + query * ring + at] = i <= query ? 0 : MASKED;
    }
    if (!active) return;
    // What was later in the last frame is before everything in this one.
    if (steps > 0)
      for (let query = 0; query < LATENT_STEPS; query++)
        host.mask[place * this.maskSize + query * ring + ((steps - 1) % context)] = 0;
    this.frames[place]++;
  }

  private bindingFor(count: number): Binding {
    let binding = this.bindings.get(count);
    if (!binding) {
      binding = this.runtime.bind(this.session, this.tensors(count));
      this.bindings.set(count, binding);
      // A run that is recorded is executed twice the first time, so the first one must not move any state.
      for (let place = 0; place < count; place++) this.setClock(place, false);
      this.clock.upload();
      this.runtime.run(binding, count);
      this.runtime.device.synchronize();
    }
    return binding;
  }

  private tensors(count: number): Record<string, Tensor> {
    const { heads } = this.config;
    const tensors: Record<string, Tensor> = {
      audio: this.sound.tensor('audio', [count, 1, FRAME_SAMPLES]),
      codes: this.codes.tensor('codes', [count, CODEBOOKS]),
      position: this.clock.tensor('position', [count * LATENT_STEPS, 1]),
      row: this.clock.tensor('row', [count * LATENT_STEPS, 3]),
      place: this.clock.tensor('place', [count, LATENT_STEPS, heads, 3]),
      mask: this.clock.tensor('mask', [count, 1, LATENT_STEPS, ringSize(this.config)]),
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
