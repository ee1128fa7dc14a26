/** The reference server: a duplex conversation that proves itself. */

export type { CallerTrust } from './callers/link.ts';
export { type Operator, type OperatorNotice, type OperatorOptions, startOperator } from './channel/operator.ts';
export { ChatClient, type ChatListener } from './chat/client.ts';
export { operatorNowMs } from './clock.ts';
export type { Conversation, ConversationOptions, Engine, EngineEvent, Persona, Sampling, SpokenFrame } from './engines/engine.ts';
export { ENGINE_RATE, FRAME_MS, FRAME_SAMPLES } from './engines/engine.ts';
export { ServerError, type ServerErrorCode } from './errors.ts';
export type { UpgradeRoute } from './http/upgrades.ts';
export type { Identity, IdentityRequest, PersonaEvent, SpeakingSession } from './identity.ts';
export { InProcessIdentity } from './in-process-identity.ts';
export { type Keystore, keySigner, openFileKeystore, openKeyFile, type Signer } from './issuer/keystore.ts';
export { type StatusName, type StatusRequest, signStatusRequest } from './issuer/revocation.ts';
export { createWitness, type WitnessOptions } from './log/witness.ts';
export type { WitnessAddress } from './log/witness-client.ts';
export { createLogger, type Logger } from './logging.ts';
export { type GivenOptions, OPTION_HELP, type OptionHelp, parseOptions, type ServerOptions } from './options.ts';
export { serve } from './serve.ts';
export { type Server, type ServerParts, startServer } from './server.ts';
