/**
 * One frame of many calls: their sound to codes, one step of the language model, codes to their voices. What one hands to the next
 * stays on the device; everything is queued at once, and the host waits once.
 */
import { CODEBOOKS, FRAME_SAMPLES } from '../config.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { Call } from './call.ts';
import type { Codec } from './codec.ts';
import type { LanguageModel } from './language-model.ts';

/** What a call says in a frame; null where nothing is complete yet. */
export interface Spoken {
  readonly text: number;
  readonly samples: Float32Array;
}

export class FrameRunner {
  private readonly runtime: Runtime;
  private readonly model: LanguageModel;
  private readonly codec: Codec;
  /** Sizes that runs come in: recorded once each. Ascending, the last has every place. */
  private readonly sizes: readonly number[];

  constructor(runtime: Runtime, model: LanguageModel, codec: Codec, sizes: readonly number[]) {
    this.runtime = runtime;
    this.model = model;
    this.codec = codec;
    this.sizes = sizes;
  }

  /** The run that has a place. */
  sizeFor(place: number): number {
    return this.sizes.find((size) => size > place) ?? this.sizes[this.sizes.length - 1];
  }

  /** `calls` take part; `all` are the calls of every occupied place. */
  run(calls: readonly Call[], all: Iterable<Call>): Map<Call, Spoken | null> {
    const { cache, inputs } = this.model;
    const live = calls.filter((call) => call.phase === 'live');
    for (const call of live) this.codec.encoder.sound.host.audio.set(call.waiting[0].samples, call.place * FRAME_SAMPLES);
    for (const call of all) inputs.host.last_index[call.place] = call.idleRow(cache);
    for (const call of calls) {
      inputs.host.last_index[call.place] = call.reserve(cache);
      call.write(this.model);
    }
    const size = this.sizeFor(Math.max(...calls.map((call) => call.place)));
    this.compute(
      size,
      live,
      live.filter((call) => call.speaks),
    );
    return new Map(calls.map((call) => [call, this.take(call)]));
  }

  /** Milliseconds of a run of each size with every window full; also records the runs. Call before any place is taken. */
  measure(): Map<number, number> {
    this.model.inputs.host.last_index.fill(this.model.cache.capacity - 1);
    const nobody: Call[] = [];
    const once = (size: number): number => {
      const start = performance.now();
      this.compute(size, nobody, nobody);
      return performance.now() - start;
    };
    const times = new Map(this.sizes.map((size) => [size, [once(size), once(size), once(size)].slice(1)]));
    this.model.inputs.host.last_index.fill(0);
    return new Map([...times].map(([size, ms]) => [size, Math.min(...ms)]));
  }

  private compute(size: number, hearing: readonly Call[], speaking: readonly Call[]): void {
    const { encoder, decoder } = this.codec;
    const within = (calls: readonly Call[]) => {
      const places = new Set(calls.map((call) => call.place));
      return (place: number): boolean => places.has(place);
    };
    encoder.sound.upload();
    encoder.queue(size, within(hearing));
    this.model.queue(size);
    decoder.queue(size, within(speaking));
    encoder.codes.fetch();
    this.model.outputs.fetch();
    decoder.sound.fetch();
    this.runtime.device.synchronize();
  }

  private take(call: Call): Spoken | null {
    const { encoder, decoder } = this.codec;
    const { place } = call;
    this.model.cache.advance(place, 1);
    const heard = Array.from(encoder.codes.host.codes.subarray(place * CODEBOOKS, (place + 1) * CODEBOOKS), Number);
    const text = call.read(this.model, heard);
    return text === null
      ? null
      : { text, samples: decoder.sound.host.audio.slice(place * FRAME_SAMPLES, (place + 1) * FRAME_SAMPLES) };
  }
}
