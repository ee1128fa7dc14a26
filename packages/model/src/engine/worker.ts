/** The engine's thread: it owns the device, and CUDA's recorded runs belong to the thread that recorded them. */
import { parentPort } from 'node:worker_threads';
import { ModelError } from '../errors.ts';
import type { Engine } from './engine.ts';
import type { Answer, Method, Request, Requests } from './messages.ts';
import { openEngine } from './open-engine.ts';

const port = parentPort!;
let engine: Engine;

const post = (answer: Answer, transfer: ArrayBuffer[] = []): void => port.postMessage(answer, transfer);

const handlers: { [M in Method]: (ask: Requests[M]['ask']) => Promise<Requests[M]['answer']> | Requests[M]['answer'] } = {
  async load(options) {
    const opened = await openEngine(options);
    engine = opened.engine;
    return opened.info;
  },
  open: (options) => engine.open(options),
  frame: ({ call, samples, sentMs }) => engine.frame(call, samples, sentMs - performance.timeOrigin),
  setPersona: async ({ call, persona }) => {
    await engine.setPersona(call, persona);
    return undefined;
  },
  close(call) {
    engine.close(call);
    return undefined;
  },
  stats: () => engine.stats(),
};

port.on('message', async ({ id, method, ask }: Request) => {
  try {
    const value = await (handlers[method] as (ask: unknown) => unknown)(ask);
    const samples = (value as { samples?: Float32Array<ArrayBuffer> } | undefined)?.samples;
    post({ id, value }, samples ? [samples.buffer] : []);
  } catch (error) {
    const code = error instanceof ModelError ? error.code : 'runtime-failed';
    post({ id, error: { code, message: (error as Error).message } });
  }
});
