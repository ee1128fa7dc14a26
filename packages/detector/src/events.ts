/** What a detector says while it listens. Times are seconds of sound from the first sample. */
import type { SpanState } from '@undertone/token';
import type { Finding } from './report.ts';

export type DetectorEvent =
  /** Something marked is there; nobody knows yet whose. */
  | { readonly type: 'mark'; readonly seconds: number }
  /** A locator was read: a claim, never a proof. */
  | { readonly type: 'claimed'; readonly seconds: number; readonly sessionId: string; readonly falseAlarmProbability: number }
  /** The card behind a locator is known and its signature holds. */
  | {
      readonly type: 'resolved';
      readonly seconds: number;
      readonly sessionId: string;
      readonly issuer: string;
      readonly agent: string | null;
    }
  /** A checkpoint read from the sound alone: the session key signs that many epochs. */
  | { readonly type: 'checkpoint'; readonly seconds: number; readonly sessionId: string; readonly epochs: number }
  /** The state of a session changed. */
  | {
      readonly type: 'state';
      readonly seconds: number;
      readonly sessionId: string;
      readonly previous: SpanState;
      readonly state: SpanState;
      readonly issuer: string;
      readonly agent: string | null;
    }
  | { readonly type: 'finding'; readonly seconds: number; readonly sessionId: string | null; readonly finding: Finding };
