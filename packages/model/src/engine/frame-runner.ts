/**
 * One frame of many calls: their sound to codes, one step of the language model, codes to their voices. What one hands to the next
 * stays on the device; everything is queued at once, and the host waits once.
 */
import { CODEBOOKS, FRAME_SAMPLES, type LmConfig } from '../config.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { MEASURED, medianMs } from './admission.ts';
import { Call } from './call.ts';
import type { Codec } from './codec.ts';
import type { LanguageModel } from './language-model.ts';
import { Sampler } from './sampling.ts';
import { Streams } from './streams.ts';

/** What a call says in a frame; null where nothing is complete yet. */
export interface Spoken {
  readonly text: number;
  readonly samples: Float32Array;
}

/** Milliseconds of a run when nobody takes part, and when everyone does with a full window. */
export interface RunMs {
  readonly idle: number;
  readonly full: number;
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
    const taking = new Set(calls);
    const idle = [...all].filter((call) => !taking.has(call)).map((call) => call.place);
    // Attention also writes for calls that sit this run out: to their first row, which costs least and is put back afterwards.
    for (const place of idle) inputs.host.last_index[place] = 0;
    for (const call of calls) {
      inputs.host.last_index[call.place] = call.reserve(cache);
      call.write(this.model);
    }
    const size = this.sizeFor(Math.max(...calls.map((call) => call.place)));
    this.compute(
      size,
      live,
      live.filter((call) => call.speaks),
      idle.filter((place) => place < size),
    );
    return new Map(calls.map((call) => [call, this.take(call)]));
  }

  /** Measures runs of each size, the host's work for each call included; also records them. Call before any place is taken. */
  measure(config: LmConfig): Map<number, RunMs> {
    const { cache, inputs } = this.model;
    const runs = new Map<number, RunMs>();
    for (const size of this.sizes) {
      const idle = medianMs(() => this.compute(size, [], [], []));
      const calls = Array.from({ length: size }, (_, place) => measuringCall(place, config));
      for (const { place } of calls) cache.advance(place, cache.capacity - 1 - MEASURED);
      const full = medianMs(() => this.run(calls, calls));
      runs.set(size, { idle, full });
      for (const { place } of calls) {
        cache.clear(place);
        this.codec.reset(place);
      }
      inputs.host.last_index.fill(0);
    }
    return runs;
  }

  private compute(size: number, hearing: readonly Call[], speaking: readonly Call[], idle: readonly number[]): void {
    const { encoder, decoder } = this.codec;
    const { cache } = this.model;
    const within = (calls: readonly Call[]) => {
      const places = new Set(calls.map((call) => call.place));
      return (place: number): boolean => places.has(place);
    };
    encoder.sound.upload();
    encoder.queue(size, within(hearing));
    cache.keepFirstRows(idle);
    this.model.queue(size);
    cache.putBackFirstRows(idle);
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

/** A call that always has a frame of silence waiting. */
function measuringCall(place: number, config: LmConfig): Call {
  const call = new Call(place, new Streams(config), new Sampler({}), { voice: '', role: '' });
  call.waiting.push({ samples: new Float32Array(FRAME_SAMPLES), arrived: 0, resolve: () => {}, reject: () => {} });
  return call;
}
