/** The full-duplex voice model on ONNX Runtime. */
export { FRAME_MS, FRAME_SAMPLES, SAMPLE_RATE } from './config.ts';
export type { Persona, Reply } from './engine/call.ts';
export type { CallOptions } from './engine/engine.ts';
export { Model, ModelCall, openModel } from './engine/model.ts';
export type { EngineInfo, EngineOptions, ModelSize } from './engine/open-engine.ts';
export type { Sampling } from './engine/sampling.ts';
export type { EngineStats } from './engine/stats.ts';
export { ModelError, type ModelErrorCode } from './errors.ts';
export { type VoicedFrame, voicedFrames } from './persona/features.ts';
export {
  summarise,
  VoiceContinuity,
  type VoicePoint,
  type VoiceSummary,
  voiceDistance,
} from './persona/voice-distance.ts';
export { probeRuntime } from './runtime/probe.ts';
