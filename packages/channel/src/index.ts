/** The Undertone verification channel beside the call. */
export type { ChannelListener, ResolvedSession, TimeAnswer, VerificationChannel } from './channel.ts';
export { InProcessChannel } from './in-process.ts';
