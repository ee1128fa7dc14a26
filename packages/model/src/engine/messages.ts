/** What the main thread and the engine's thread say to each other. */
import type { ModelErrorCode } from '../errors.ts';
import type { Persona, Reply } from './call.ts';
import type { CallOptions } from './engine.ts';
import type { EngineInfo, EngineOptions } from './open-engine.ts';
import type { EngineStats } from './stats.ts';

/** What can be asked of the engine's thread: parameters and answer of each request. */
export interface Requests {
  readonly load: { readonly ask: EngineOptions; readonly answer: EngineInfo };
  readonly open: { readonly ask: CallOptions; readonly answer: number };
  readonly frame: {
    /** `sentMs`: when, in milliseconds since 1970; waiting for the thread counts. */
    readonly ask: { readonly call: number; readonly samples: Float32Array<ArrayBuffer>; readonly sentMs: number };
    readonly answer: Reply;
  };
  readonly setPersona: { readonly ask: { readonly call: number; readonly persona: Persona }; readonly answer: undefined };
  readonly close: { readonly ask: number; readonly answer: undefined };
  readonly stats: { readonly ask: undefined; readonly answer: EngineStats };
}
export type Method = keyof Requests;

export interface Request<M extends Method = Method> {
  readonly id: number;
  readonly method: M;
  readonly ask: Requests[M]['ask'];
}

export type Answer =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: { readonly code: ModelErrorCode; readonly message: string } };
