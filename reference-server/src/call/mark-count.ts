/** Counts what became of the mark in the frames that were sent. */

import { FRAME_MS } from '../engines/engine.ts';
import { PACKET_MS } from '../media/opus-out.ts';
import type { Metrics } from '../metrics.ts';
import type { Mouth } from './mouth.ts';

/** So far in this call, in frames of 80 ms. */
export interface MarkStats {
  readonly framesSent: number;
  /** Frames into which the encoder put its bits, and of those the ones in which the self-check could read them. */
  readonly framesMarked: number;
  readonly framesCarried: number;
  /** Frames that went out without a mark. */
  readonly framesUnmarked: number;
}

/** Frames that the encoder's self-check may be behind. */
const BEHIND = 25;

export class MarkCount {
  readonly #mouth: Mouth;
  readonly #metrics: Metrics;
  #packets = 0;
  #counted: MarkStats = { framesSent: 0, framesMarked: 0, framesCarried: 0, framesUnmarked: 0 };

  constructor(mouth: Mouth, metrics: Metrics) {
    this.#mouth = mouth;
    this.#metrics = metrics;
  }

  packet(): void {
    this.#packets++;
  }

  /** Brings the metrics up to date. @param final the voice has ended, so that the self-check has heard everything */
  update(final = false): MarkStats {
    const framesSent = Math.floor((this.#packets * PACKET_MS) / FRAME_MS);
    const { framesMarked, framesCarried } = this.#mouth.marked;
    const framesUnmarked = Math.max(this.#counted.framesUnmarked, framesSent - framesMarked - (final ? 0 : BEHIND));
    const now = { framesSent, framesMarked, framesCarried, framesUnmarked };
    const { frames } = this.#metrics;
    const quiet = (s: MarkStats): number => s.framesMarked - s.framesCarried;
    frames.inc({ mark: 'carried' }, now.framesCarried - this.#counted.framesCarried);
    frames.inc({ mark: 'quiet' }, quiet(now) - quiet(this.#counted));
    frames.inc({ mark: 'unmarked' }, framesUnmarked - this.#counted.framesUnmarked);
    this.#counted = now;
    return now;
  }
}
