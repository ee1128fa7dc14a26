/** The engine from the main thread's side: nothing here waits for the device. */
import { Worker } from 'node:worker_threads';
import { ModelError } from '../errors.ts';
import type { Persona, Reply } from './call.ts';
import type { CallOptions } from './engine.ts';
import type { Answer, Method, Requests } from './messages.ts';
import type { EngineInfo, EngineOptions } from './open-engine.ts';
import type { EngineStats } from './stats.ts';

interface Waiting {
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Loads the weights and starts the engine's thread.
 * @throws ModelError before anything says that it is ready: `runtime-missing`, `weights-…`, `tensor-…`, `out-of-memory`, …
 */
export async function openModel(options: EngineOptions): Promise<Model> {
  const link = new Link(new Worker(new URL('./worker.js', import.meta.url)));
  try {
    return new Model(link, await link.ask('load', options));
  } catch (error) {
    await link.end();
    throw error;
  }
}

/** A loaded model that many calls talk to. */
export class Model {
  readonly info: EngineInfo;
  private readonly link: Link;

  constructor(link: Link, info: EngineInfo) {
    this.link = link;
    this.info = info;
  }

  /** @throws ModelError `busy`, `argument-invalid`, `prompt-invalid`, `voice-malformed` */
  async open(options: CallOptions): Promise<ModelCall> {
    return new ModelCall(this.link, await this.link.ask('open', options));
  }

  stats(): Promise<EngineStats> {
    return this.link.ask('stats', undefined);
  }

  /** Ends the thread; what waits is rejected with `closed`. */
  close(): Promise<void> {
    return this.link.end();
  }
}

/** One call. */
export class ModelCall {
  private readonly link: Link;
  private readonly id: number;

  constructor(link: Link, id: number) {
    this.link = link;
    this.id = id;
  }

  /**
   * Hears 1920 samples at 24 kHz (they are handed over, not copied) and resolves with what the agent says meanwhile.
   * @throws ModelError `closed`, `argument-invalid`, `busy`
   */
  frame(samples: Float32Array<ArrayBuffer>): Promise<Reply> {
    return this.link.ask('frame', { call: this.id, samples, sentMs: performance.timeOrigin + performance.now() }, [
      samples.buffer,
    ]);
  }

  /** Another persona, or the same again, from this point of the conversation on. */
  async setPersona(persona: Persona): Promise<void> {
    await this.link.ask('setPersona', { call: this.id, persona });
  }

  async close(): Promise<void> {
    await this.link.ask('close', this.id);
  }
}

/** Requests to the thread and their answers. */
class Link {
  private readonly worker: Worker;
  private readonly waiting = new Map<number, Waiting>();
  private nextId = 1;
  private ended: ModelError | null = null;

  constructor(worker: Worker) {
    this.worker = worker;
    worker.on('message', (answer: Answer) => this.take(answer));
    worker.on('error', (error) => this.fail(new ModelError('runtime-failed', `the engine's thread failed: ${error.message}`)));
    worker.on('exit', () => this.fail(new ModelError('closed', 'the engine has ended')));
  }

  ask<M extends Method>(method: M, ask: Requests[M]['ask'], transfer: ArrayBuffer[] = []): Promise<Requests[M]['answer']> {
    if (this.ended) return Promise.reject(this.ended);
    const id = this.nextId++;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve: resolve as Waiting['resolve'], reject });
      this.worker.postMessage({ id, method, ask }, transfer);
    });
  }

  async end(): Promise<void> {
    await this.worker.terminate();
  }

  private take(answer: Answer): void {
    const waiting = this.waiting.get(answer.id);
    this.waiting.delete(answer.id);
    if ('error' in answer) waiting?.reject(new ModelError(answer.error.code, answer.error.message));
    else waiting?.resolve(answer.value as never);
  }

  private fail(error: ModelError): void {
    this.ended ??= error;
    for (const { reject } of this.waiting.values()) reject(this.ended);
    this.waiting.clear();
  }
}
