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

/** What is said on a caller's line. */
export interface CallerTalk {
  readonly setup: null;
  readonly work:
    | { readonly frame: Float32Array }
    /** The session under which the caller says that it speaks; the detector judges its card. */
    | { readonly expect: ResolvedSession };
  /** What happened in a frame; there is one for each. */
  readonly result: readonly DetectorEvent[];
  readonly questions: Record<never, never>;
}
