/**
 * What the media's process and the channel's process say to each other. The channel's process has no secret: it passes questions on
 * that only a key or a voice can answer, and is told which feeds have grown. What it asks is checked again where the keys are.
 */
import { MAX_CHALLENGE_BYTES, MIN_CHALLENGE_BYTES, TIME_NONCE_BYTES } from '@undertone/token';
import { z } from 'zod';
import { MAX_MANIFEST_BYTES } from '../resolve/manifest-store-file.ts';
import type { Registration } from '../resolve/registration.ts';
import type { DatabaseAddress } from '../store/database.ts';

/** Media → channel: a feed has grown. */
export interface Fed {
  readonly fed: Uint8Array;
}

/** Channel → media: time for a verifier's nonce; a nonce for the voice; a token to be exchanged for a card; a change of a card's status; a C2PA manifest. */
export type Question =
  | { readonly ask: number; readonly kind: 'time'; readonly card: Uint8Array; readonly nonce: Uint8Array }
  | { readonly ask: number; readonly kind: 'challenge'; readonly card: Uint8Array; readonly nonce: Uint8Array }
  | { readonly ask: number; readonly kind: 'exchange'; readonly request: Record<string, string> }
  | { readonly ask: number; readonly kind: 'status'; readonly request: unknown }
  | { readonly ask: number; readonly kind: 'manifest'; readonly registration: Registration };

const bytes = (least: number, most: number = least) =>
  z.custom<Uint8Array>((value) => value instanceof Uint8Array && value.length >= least && value.length <= most);
const ask = z.number().int();

export const question: z.ZodType<Question> = z.discriminatedUnion('kind', [
  z.strictObject({ ask, kind: z.literal('time'), card: bytes(32), nonce: bytes(TIME_NONCE_BYTES) }),
  z.strictObject({
    ask,
    kind: z.literal('challenge'),
    card: bytes(32),
    nonce: bytes(MIN_CHALLENGE_BYTES, MAX_CHALLENGE_BYTES),
  }),
  z.strictObject({ ask, kind: z.literal('exchange'), request: z.record(z.string(), z.string()) }),
  z.strictObject({ ask, kind: z.literal('status'), request: z.unknown() }),
  z.strictObject({
    ask,
    kind: z.literal('manifest'),
    registration: z.strictObject({ locator: bytes(6), manifest: bytes(0, MAX_MANIFEST_BYTES), signature: bytes(0, 64) }),
  }),
]);

/** A question before it has its number. */
export type NewQuestion = Question extends infer T ? (T extends Question ? Omit<T, 'ask'> : never) : never;

/** Media → channel: the answer, or why there is none. */
export type Reply =
  | { readonly answer: number; readonly value: unknown }
  | { readonly answer: number; readonly error: { readonly code: string; readonly message: string } };

/** First message to the channel's process. */
export interface ChannelSetup {
  readonly database: DatabaseAddress;
  readonly host: string;
  readonly port: number;
  /** Address under which other servers of the fleet reach this process; null means its own host and port. */
  readonly home: string | null;
  /** Files. */
  readonly tls: { readonly key: string; readonly cert: string } | null;
}

/** What the channel's process says when it is ready. */
export interface ChannelReady {
  readonly port: number;
  readonly home: string;
}
