/** Listens to the caller with a detector: a caller that is an agent too is recognised, and each side verifies the other. */
import type { VerificationChannel } from '@undertone/channel';
import { createDetector, type Detector, type DetectorEvent } from '@undertone/detector';
import type { TrustStore } from '@undertone/token';
import { ENGINE_RATE } from '../engines/engine.ts';

/** Whom the server trusts, and where it asks. */
export interface CallerTrust {
  readonly trust: TrustStore;
  readonly channel: VerificationChannel;
  /** The name by which callers address this server; a card made out to it is bound to the call. */
  readonly audience?: string;
}

/** One call's view of its caller. Silence where nothing arrives keeps sound and time together. */
export class Caller {
  readonly #detector: Detector;
  readonly #onEvent: (event: DetectorEvent) => void;

  constructor(trust: CallerTrust, onEvent: (event: DetectorEvent) => void) {
    this.#detector = createDetector({ ...trust, sampleRate: ENGINE_RATE });
    this.#onEvent = onEvent;
  }

  hear(frame: Float32Array): void {
    for (const event of this.#detector.push(frame)) this.#onEvent(event);
  }

  close(): void {
    this.#detector.report();
  }
}
