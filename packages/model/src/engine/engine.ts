/**
 * Many calls on one device, in one thread. Frames that wait are answered together as soon as the device is free; prompts are taken in
 * by parts between frames. New calls are refused before old ones stutter.
 */
import { FRAME_SAMPLES, type LmConfig, TEXT_END_PADDING, TEXT_PADDING } from '../config.ts';
import { ModelError } from '../errors.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { type Tokenizer, TokenText } from '../tokenizer/tokenizer.ts';
import { type Costs, measureCosts, slowestFrame } from './admission.ts';
import { Call, type Persona, type Reply } from './call.ts';
import type { Codec } from './codec.ts';
import { FrameRunner } from './frame-runner.ts';
import type { LanguageModel } from './language-model.ts';
import { type Personas, SnapshotStore } from './personas.ts';
import type { Prefill } from './prefill.ts';
import { Sampler, type Sampling } from './sampling.ts';
import { type EngineStats, LatencyLog } from './stats.ts';
import { Streams } from './streams.ts';

/** Frames of one call that may wait: a second. */
const WAITING_LIMIT = 12;
/** Frames by which the engine knows how it keeps up just now: of forty calls two seconds. */
const RECENT_FRAMES = 1024;

export interface CallOptions {
  readonly persona: Persona;
  readonly sampling: Sampling;
}

/** What an engine is made of. */
export interface EngineParts {
  readonly runtime: Runtime;
  readonly config: LmConfig;
  readonly model: LanguageModel;
  readonly codec: Codec;
  readonly prefill: Prefill;
  readonly personas: Personas;
  readonly tokenizer: Tokenizer | null;
  readonly places: number;
  readonly sizes: readonly number[];
  /** Milliseconds that a frame may take from its arrival to its answer. */
  readonly budgetMs: number;
  readonly snapshotBytes: number;
}

interface Job {
  readonly call: Call;
  readonly work: Generator<void, void>;
  readonly done: () => void;
  readonly failed: (error: Error) => void;
}

export class Engine {
  private readonly parts: EngineParts;
  private readonly runner: FrameRunner;
  private readonly costs: Costs;
  private readonly snapshots: SnapshotStore;
  private readonly calls = new Map<number, Call>();
  private readonly texts = new Map<Call, TokenText>();
  private readonly jobs: Job[] = [];
  private readonly latency = new LatencyLog();
  private refused = 0;
  private nextId = 1;
  private scheduled = false;
  /** Calls whose next step is not prepared yet. */
  private unprepared: readonly Call[] = [];

  constructor(parts: EngineParts) {
    this.parts = parts;
    this.runner = new FrameRunner(parts.runtime, parts.model, parts.codec, parts.sizes);
    this.costs = measureCosts(parts, this.runner);
    this.snapshots = new SnapshotStore(parts.snapshotBytes, (snapshot) => parts.runtime.device.free(snapshot.memory));
  }

  /**
   * Opens a call and takes its prompt in; resolves with the call's number when it can hear.
   * @throws ModelError `busy`, `argument-invalid`, `prompt-invalid`, `voice-malformed`
   */
  async open(options: CallOptions): Promise<number> {
    const sampler = new Sampler(options.sampling);
    const streams = new Streams(this.parts.config);
    const place = this.admit();
    const call = new Call(place, streams, sampler, options.persona);
    const columns = this.parts.personas.columns(options.persona, streams);
    this.parts.model.cache.clear(place);
    this.parts.codec.reset(place);
    const id = this.nextId++;
    this.calls.set(id, call);
    call.drawNoise(this.parts.model);
    if (this.parts.tokenizer) this.texts.set(call, new TokenText(this.parts.tokenizer));
    if (columns) {
      try {
        await this.prompt(call, columns, 0);
      } catch (error) {
        this.close(id);
        throw error;
      }
    }
    return id;
  }

  /**
   * The caller's next 80 ms (1920 samples, 24 kHz), which arrived at a time of `performance.now()`; resolves with the agent's.
   * @throws ModelError `closed`, `argument-invalid`, `busy` when the call's frames pile up
   */
  frame(id: number, samples: Float32Array, arrived: number = performance.now()): Promise<Reply> {
    const call = this.call(id);
    if (samples.length !== FRAME_SAMPLES)
      throw new ModelError('argument-invalid', `a frame has ${FRAME_SAMPLES} samples, not ${samples.length}`);
    // One number that is none makes the sum none; asking each costs far more.
    if (!Number.isFinite(samples.reduce((sum, v) => sum + v, 0)))
      throw new ModelError('argument-invalid', 'a frame has samples that are not numbers');
    if (call.waiting.length >= WAITING_LIMIT) throw new ModelError('busy', `${WAITING_LIMIT} frames of this call wait already`);
    return new Promise((resolve, reject) => {
      call.waiting.push({ samples, arrived, resolve, reject });
      this.schedule();
    });
  }

  /**
   * Gives a call another persona, or its own again, at the point of the conversation that it has reached.
   * @throws ModelError `closed`, `prompt-invalid`, `voice-malformed`
   */
  async setPersona(id: number, persona: Persona): Promise<void> {
    const call = this.call(id);
    // Another prompt is being taken in; the call may be closed meanwhile.
    while (this.call(id).phase !== 'live') await new Promise((resolve) => setTimeout(resolve, 5));
    const before = call.streams.steps;
    const columns = this.parts.personas.columns(persona, call.streams);
    call.persona = persona;
    if (columns) await this.prompt(call, columns, before);
  }

  close(id: number): void {
    const call = this.calls.get(id);
    if (!call) return;
    this.calls.delete(id);
    this.texts.delete(call);
    this.parts.model.cache.clear(call.place);
    this.parts.model.inputs.host.last_index[call.place] = 0;
    const closed = new ModelError('closed', 'the call was closed');
    for (const { reject } of call.waiting.splice(0)) reject(closed);
    for (const job of this.jobs.filter((j) => j.call === call)) {
      this.jobs.splice(this.jobs.indexOf(job), 1);
      job.failed(closed);
    }
  }

  stats(): EngineStats {
    return {
      calls: this.calls.size,
      places: this.parts.places,
      frames: this.latency.frames,
      late: this.latency.late,
      refused: this.refused,
      p50Ms: this.latency.quantile(0.5),
      p99Ms: this.latency.quantile(0.99),
      runMs: Object.fromEntries(this.costs.runs),
      mostCalls: this.mostCalls(),
    };
  }

  private call(id: number): Call {
    const call = this.calls.get(id);
    if (!call) throw new ModelError('closed', `there is no call ${id}`);
    return call;
  }

  /** The lowest free place, if the others stay in time with one more. */
  private admit(): number {
    const taken = new Set([...this.calls.values()].map((call) => call.place));
    let place = 0;
    while (taken.has(place)) place++;
    const refuse = (why: string): never => {
      this.refused++;
      throw new ModelError('busy', why);
    };
    if (place >= this.parts.places) refuse(`all ${this.parts.places} places are taken`);
    if (taken.size === 0) return place;
    const { budgetMs } = this.parts;
    const could = slowestFrame(this.costs, this.runner.sizeFor(Math.max(place, ...taken)), taken.size + 1);
    if (could > budgetMs) refuse(`with one more call a frame could take ${could.toFixed(0)} ms; ${budgetMs} are allowed`);
    const now = this.latency.quantile(0.99, RECENT_FRAMES) ?? 0;
    if (now > budgetMs) refuse(`the slowest frames take ${now.toFixed(0)} ms just now; ${budgetMs} are allowed`);
    return place;
  }

  private mostCalls(): number {
    const { places, budgetMs } = this.parts;
    const fits = (calls: number): boolean => slowestFrame(this.costs, this.runner.sizeFor(calls - 1), calls) <= budgetMs;
    let most = 1;
    while (most < places && fits(most + 1)) most++;
    return most;
  }

  /** Queues a prompt for a call; resolves when it is in the cache. */
  private prompt(call: Call, columns: NonNullable<ReturnType<Personas['columns']>>, position: number): Promise<void> {
    call.phase = 'prompting';
    const { cache } = this.parts.model;
    const fresh = position === 0;
    const count = columns.tokens.length - 1;
    const known = fresh ? this.snapshots.get(call.persona) : undefined;
    if (known) {
      cache.restore(call.place, known);
      call.promptTaken(columns);
      this.schedule();
      return Promise.resolve();
    }
    const { persona } = call;
    return new Promise((resolve, reject) => {
      const done = (): void => {
        if (fresh) this.snapshots.put(persona, () => cache.snapshot(call.place), cache.snapshotBytes(call.place));
        call.promptTaken(columns);
        resolve();
      };
      this.jobs.push({ call, work: this.parts.prefill.run(call.place, columns, count, position), done, failed: reject });
      this.schedule();
    });
  }

  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      this.turn();
    });
  }

  /** By turns: one run of the frames that wait, then, when their answers are on their way, what is done between frames. */
  private turn(): void {
    const ready = this.ready();
    if (ready.length > 0 && this.unprepared.length === 0) {
      this.answer(ready);
      this.unprepared = ready;
    } else {
      this.prepare();
      this.promptPart();
    }
    if (this.unprepared.length > 0 || this.jobs.length > 0 || this.ready().length > 0) this.schedule();
  }

  private ready(): Call[] {
    return [...this.calls.values()].filter((call) => call.ready);
  }

  /** Noise for the next step and room in the caches. */
  private prepare(): void {
    const open = new Set(this.calls.values());
    const calls = this.unprepared.filter((call) => open.has(call));
    this.unprepared = [];
    if (calls.length === 0) return;
    for (const call of calls) call.drawNoise(this.parts.model);
    this.parts.model.cache.tidy(
      calls.map((call) => call.place),
      open.size,
    );
  }

  private promptPart(): void {
    const job = this.jobs[0];
    if (!job) return;
    try {
      if (!job.work.next().done) return;
      this.jobs.shift();
      job.done();
    } catch (error) {
      this.jobs.shift();
      job.failed(error as Error);
    }
  }

  private answer(ready: readonly Call[]): void {
    let spoken: ReturnType<FrameRunner['run']>;
    const started = new Set(ready.filter((call) => call.phase === 'starting'));
    try {
      spoken = this.runner.run(ready, this.calls.values());
    } catch (error) {
      for (const call of ready) call.waiting.shift()?.reject(error as Error);
      return;
    }
    for (const [call, said] of spoken) {
      if (started.has(call)) continue;
      const { resolve, tookMs } = call.answered();
      this.latency.add(tookMs);
      resolve(
        said
          ? { samples: said.samples, text: this.text(call, said.text) }
          : { samples: new Float32Array(FRAME_SAMPLES), text: '' },
      );
    }
  }

  private text(call: Call, token: number): string {
    if (token === TEXT_PADDING || token === TEXT_END_PADDING) return '';
    return this.texts.get(call)?.push(token) ?? '';
  }
}
