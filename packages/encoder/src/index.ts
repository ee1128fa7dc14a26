/** Marks an agent's speech with its identity while it is being spoken. */
export type { Lookahead } from '@undertone/signal';
export { createEncoder, type Encoder, type EncoderNotice, type EncoderOptions, type EncoderStats } from './encoder.ts';
export { EncoderError, type EncoderErrorCode } from './errors.ts';
