/**
 * What the media's process and the channel's process say to each other. The channel's process has no secret: it asks for
 * signatures over time, which anyone may have, and is told which feeds have grown.
 */
import { z } from 'zod';

/** Media → channel: a feed has grown. */
export interface Fed {
  readonly fed: Uint8Array;
}

/** Channel → media: the operator's time for a verifier's nonce. */
export const timeQuestion: z.ZodType<TimeQuestion> = z.strictObject({
  ask: z.number().int(),
  card: z.instanceof(Uint8Array).refine((bytes) => bytes.length === 32),
  nonce: z.instanceof(Uint8Array).refine((bytes) => bytes.length === 16),
});

export interface TimeQuestion {
  readonly ask: number;
  readonly card: Uint8Array;
  readonly nonce: Uint8Array;
}

/** Media → channel: the answer; null when no such session speaks here now. */
export interface TimeReply {
  readonly answer: number;
  readonly time: { readonly timeMs: number; readonly signature: Uint8Array } | null;
}

/** First message to the channel's process. */
export interface ChannelSetup {
  readonly database: { readonly url: string } | { readonly socketFolder: string };
  readonly host: string;
  readonly port: number;
  /** Address under which other servers of the fleet reach this process; absent means its own host and port. */
  readonly home: string | null;
  readonly tls: { readonly key: string; readonly cert: string } | null;
}

/** What the channel's process says when it is ready. */
export interface ChannelReady {
  readonly port: number;
  readonly home: string;
}
