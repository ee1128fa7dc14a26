/** The reference server: a duplex conversation that proves itself. */
export { type Operator, type OperatorOptions, startOperator } from './channel/operator.ts';
export { operatorNowMs } from './clock.ts';
export type { Conversation, ConversationOptions, Engine, EngineEvent, Persona, Sampling, SpokenFrame } from './engines/engine.ts';
export { ENGINE_RATE, FRAME_MS, FRAME_SAMPLES } from './engines/engine.ts';
export { ServerError, type ServerErrorCode } from './errors.ts';
export type { Identity, IdentityRequest, PersonaEvent, SpeakingSession } from './identity.ts';
