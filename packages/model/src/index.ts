/** The full-duplex voice model on ONNX Runtime. */
export { FRAME_MS, FRAME_SAMPLES, SAMPLE_RATE } from './config.ts';
export type { Persona, Reply } from './engine/call.ts';
export { type CallOptions, Engine } from './engine/engine.ts';
export { type EngineInfo, type EngineOptions, openEngine } from './engine/open-engine.ts';
export type { Sampling } from './engine/sampling.ts';
export type { EngineStats } from './engine/stats.ts';
export { ModelError, type ModelErrorCode } from './errors.ts';
