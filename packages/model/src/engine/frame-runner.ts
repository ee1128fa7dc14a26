/** One frame of many calls: their sound to codes, one step of the language model, codes to their voices. */
import { CODEBOOKS, FRAME_SAMPLES } from '../config.ts';
import type { Call } from './call.ts';
import type { Codec } from './codec.ts';
import type { LanguageModel } from './language-model.ts';
import type { SpokenFrame } from './streams.ts';

export interface Spoken {
  readonly frame: SpokenFrame | null;
  /** Null when nothing is spoken yet. */
  readonly samples: Float32Array | null;
}

export class FrameRunner {
  private readonly model: LanguageModel;
  private readonly codec: Codec;
  /** Sizes that runs come in: recorded once each. Ascending, the last has every place. */
  private readonly sizes: readonly number[];

  constructor(model: LanguageModel, codec: Codec, sizes: readonly number[]) {
    this.model = model;
    this.codec = codec;
    this.sizes = sizes;
  }

  /** The run that has a place. */
  sizeFor(place: number): number {
    return this.sizes.find((size) => size > place) ?? this.sizes[this.sizes.length - 1];
  }

  /** `calls` take part; `all` are the calls of every occupied place. */
  run(calls: readonly Call[], all: Iterable<Call>): Map<Call, Spoken> {
    const size = this.sizeFor(Math.max(...calls.map((call) => call.place)));
    const heard = this.hear(
      calls.filter((call) => call.phase === 'live'),
      size,
    );
    const { cache, inputs } = this.model;
    for (const call of all) inputs.host.last_index[call.place] = call.idleRow(cache);
    for (const call of calls) {
      inputs.host.last_index[call.place] = call.reserve(cache);
      call.write(this.model, heard.get(call) ?? []);
    }
    this.model.step(size);
    const frames = new Map<Call, SpokenFrame | null>();
    for (const call of calls) {
      cache.advance(call.place, 1);
      frames.set(call, call.read(this.model, heard.get(call) ?? []));
    }
    return this.speak(frames, size);
  }

  /** Milliseconds of a run of each size with every window full; also records the runs. Call before any place is taken. */
  measure(): Map<number, number> {
    this.model.inputs.host.last_index.fill(this.model.cache.capacity - 1);
    const once = (size: number): number => {
      const start = performance.now();
      this.codec.encoder.run(size, () => false);
      this.model.step(size);
      this.codec.decoder.run(size, () => false);
      return performance.now() - start;
    };
    const times = new Map(this.sizes.map((size) => [size, [once(size), once(size), once(size)].slice(1)]));
    this.model.inputs.host.last_index.fill(0);
    return new Map([...times].map(([size, ms]) => [size, Math.min(...ms)]));
  }

  private hear(calls: readonly Call[], size: number): Map<Call, number[]> {
    if (calls.length === 0) return new Map();
    const { encoder } = this.codec;
    const places = new Set(calls.map((call) => call.place));
    for (const call of calls) encoder.sound.host.audio.set(call.waiting[0].samples, call.place * FRAME_SAMPLES);
    encoder.run(size, (place) => places.has(place));
    const codesOf = (place: number): number[] =>
      Array.from(encoder.codes.host.codes.subarray(place * CODEBOOKS, (place + 1) * CODEBOOKS), Number);
    return new Map(calls.map((call) => [call, codesOf(call.place)]));
  }

  private speak(frames: ReadonlyMap<Call, SpokenFrame | null>, size: number): Map<Call, Spoken> {
    const { decoder } = this.codec;
    const places = new Set<number>();
    for (const [{ place }, frame] of frames) {
      if (!frame) continue;
      places.add(place);
      decoder.codes.host.codes.set(frame.codes.map(BigInt), place * CODEBOOKS);
    }
    if (places.size > 0) decoder.run(size, (place) => places.has(place));
    const samplesOf = (place: number): Float32Array =>
      decoder.sound.host.audio.slice(place * FRAME_SAMPLES, (place + 1) * FRAME_SAMPLES);
    return new Map([...frames].map(([call, frame]) => [call, { frame, samples: frame ? samplesOf(call.place) : null }]));
  }
}
