/** What the calls and the thread of the detectors say to each other. */
import type { ResolvedSession } from '@undertone/channel';
import type { DetectorEvent } from '@undertone/detector';
import type { TrustStore } from '@undertone/token';

/** Whom the server trusts, and where it asks. */
export interface CallerTrust {
  readonly trust: TrustStore;
  /** Addresses of verification channels, at most 16. */
  readonly resolvers: readonly string[];
  /** The name by which callers address this server; a card made out to it is bound to the call. */
  readonly audience?: string;
}

/** To the thread: a caller's next frame, what it says of itself, or its end. */
export type CallerSound =
  | { readonly caller: number; readonly frame: Float32Array }
  /** The session under which the caller says that it speaks; the detector judges its card. */
  | { readonly caller: number; readonly expect: ResolvedSession }
  | { readonly caller: number; readonly end: true };

/** From the thread: a frame was heard, and what happened in it. */
export interface CallerHeard {
  readonly caller: number;
  readonly events: readonly DetectorEvent[];
}
