/** One call: its place on the device, its streams, its persona, and the frames that wait to be heard. */
import { CODEBOOKS, STREAMS } from '../config.ts';
import type { KvCache } from './kv-cache.ts';
import type { LanguageModel } from './language-model.ts';
import type { PromptColumns } from './prompt.ts';
import type { Sampler } from './sampling.ts';
import type { Streams } from './streams.ts';

/** Voice and role; names and texts as the caller of the engine gives them. */
export interface Persona {
  /** Name of a voice file; empty for none. */
  readonly voice: string;
  /** Who the agent is and what it does; empty for none. */
  readonly role: string;
}

/** What a call says in one frame. */
export interface Reply {
  /** 1920 samples at 24 kHz, −1 … 1; zeros until the model begins to speak. */
  readonly samples: Float32Array;
  /** The piece of text that goes with it; empty for none. */
  readonly text: string;
}

export interface HeardFrame {
  readonly samples: Float32Array;
  /** Milliseconds, `performance.now()`. */
  readonly arrived: number;
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: Error) => void;
}

export class Call {
  readonly place: number;
  readonly streams: Streams;
  readonly waiting: HeardFrame[] = [];
  persona: Persona;
  /** `prompting` while a prompt is being taken in, `starting` until its last column was run, then `live`. */
  phase: 'prompting' | 'starting' | 'live' = 'live';
  private answeredMs = Number.NEGATIVE_INFINITY;
  private readonly sampler: Sampler;
  private lastColumn: readonly number[] = [];

  constructor(place: number, streams: Streams, sampler: Sampler, persona: Persona) {
    this.place = place;
    this.streams = streams;
    this.sampler = sampler;
    this.persona = persona;
  }

  /** Has something for the next run of frames. */
  get ready(): boolean {
    return this.phase === 'starting' || (this.phase === 'live' && this.waiting.length > 0);
  }

  /** The oldest waiting frame is answered now. @returns how, and how long the engine took: of several that come at once, none can be answered before the one before it */
  answered(): { readonly resolve: HeardFrame['resolve']; readonly tookMs: number } {
    const { arrived, resolve } = this.waiting.shift()!;
    const nowMs = performance.now();
    const tookMs = nowMs - Math.max(arrived, this.answeredMs);
    this.answeredMs = nowMs;
    return { resolve, tookMs };
  }

  /** Prepares how the next step is drawn; done between frames, since it takes a while. */
  drawNoise(model: LanguageModel): void {
    this.sampler.prepare(this.place, model.inputs.host);
  }

  /** The prompt is in the cache but for its last column. */
  promptTaken(columns: PromptColumns): void {
    this.lastColumn = columns.tokens[columns.tokens.length - 1];
    this.phase = 'starting';
  }

  /** The next step completes a frame of the call's voice. */
  get speaks(): boolean {
    return this.phase === 'live' && this.streams.begun;
  }

  /** Writes this call's column; what the caller says just now is put in on the device. */
  write({ inputs: { host } }: LanguageModel): void {
    const starting = this.phase === 'starting';
    const column = starting ? this.lastColumn : this.streams.column(0);
    host.tokens.set(column.map(BigInt), this.place * STREAMS);
    host.is_heard[this.place * STREAMS + 1 + CODEBOOKS] = this.speaks ? 1 : 0;
    host.first_code[this.place] = BigInt(this.speaks ? this.streams.firstCode : 0);
    host.position[this.place] = starting ? this.streams.steps - 1 : this.streams.steps;
  }

  /** Takes what the step gave and returns the text token of the spoken frame, if one is complete; `heard`: the caller's codes. */
  read(model: LanguageModel, heard: readonly number[]): number | null {
    const { text_token, codes } = model.outputs.host;
    const text = Number(text_token[this.place]);
    const own = Array.from(codes.subarray(this.place * CODEBOOKS, (this.place + 1) * CODEBOOKS), Number);
    this.sampler.hear(text);
    if (this.phase === 'starting') {
      this.streams.release(text, own[0]);
      this.phase = 'live';
      return null;
    }
    return this.streams.advance(heard, text, own);
  }

  /** Where the next column goes in the cache. */
  reserve(cache: KvCache): number {
    cache.makeRoom(this.place);
    return cache.rows(this.place);
  }
}
