/**
 * @undertone/channel: the verification channel beside the call.
 *
 * Verifier: createChannelClient, given to a detector as its `channel`. Operator: the messages and their wire forms, for a server.
 */
export {
  type AnswerNonce,
  type ChallengeAnswer,
  type ChannelListener,
  handOver,
  type ResolvedSession,
  type TimeAnswer,
  type VerificationChannel,
} from './channel.ts';
export {
  type ChannelClient,
  type ChannelClientOptions,
  createChannelClient,
  MAX_RESOLVERS,
  type Resolver,
} from './client.ts';
export { ChannelError, type ChannelErrorCode } from './errors.ts';
export { InProcessChannel } from './in-process.ts';
export * from './messages.ts';
export { guardMsgpack, MAX_WIRE_DEPTH, MAX_WIRE_VALUES } from './msgpack-guard.ts';
export type { WebSocketConstructor } from './socket-feed.ts';
export * from './wire.ts';
