/** The detector: sound in, identity events and a report out. */
import type { ResolvedSession, VerificationChannel } from '@undertone/channel';
import type { SessionRecord, SpanState, TrustStore } from '@undertone/token';
import type { DetectorError } from './errors.ts';
import type { DetectorEvent } from './events.ts';
import type { ChannelReport } from './report.ts';
import type { StatusOf } from './status.ts';
import { StreamDetector } from './stream-detector.ts';

/** Options of {@link createDetector}. */
export interface DetectorOptions {
  /** A whole number, 8000 … 48000 Hz. */
  readonly sampleRate: number;
  readonly trust: TrustStore;
  /** The verification channel beside the call; only with it, and a clock, can anything become `live`. */
  readonly channel?: VerificationChannel;
  /** Sessions known from signalling, so that nothing waits for a locator. */
  readonly expect?: readonly ResolvedSession[];
  /** Session records, for recordings. */
  readonly records?: readonly SessionRecord[];
  /** Identifier from the verifier's own signalling; sets `bound` to `call` when the card names it. */
  readonly audience?: string;
  /** Where to ask whether a card is revoked, for each issuer; without it nobody asks. */
  readonly status?: StatusOf;
  /** Local time in ms, monotonic; default the system's. */
  readonly clock?: () => number;
  /** Number of the audio channel, for the report. */
  readonly channelNumber?: number;
}

/** A streaming detector for one audio channel. */
export interface Detector {
  /** Hears a chunk of mono samples, −1 … 1. @returns what happened since the last call */
  push(chunk: Float32Array): DetectorEvent[];
  /** States of the sessions that are followed live, by session id. */
  states(): ReadonlyMap<string, SpanState>;
  /**
   * Takes a chunk of what this side says, in step with what it hears: samples at the same rate, one for each that is pushed. An agent
   * that says what it heard is compared with it.
   */
  sent(chunk: Float32Array): void;
  /**
   * Gives the agent of a session that is followed live a nonce to answer in its voice; what became of it is an event.
   * @param nonce 8 … 64 bytes; default 16 random ones. Throws {@link DetectorError}: `detector-unknown-session`; `bad-argument` of the token package
   */
  challenge(sessionId: string, nonce?: Uint8Array): void;
  /** Ends the sound and says what was found. */
  report(): ChannelReport;
}

/** Makes a detector. Throws {@link DetectorError}. */
export function createDetector(options: DetectorOptions): Detector {
  return new StreamDetector(options);
}
