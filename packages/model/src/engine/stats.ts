/** How the engine keeps up: frames, how long each took from its arrival to its answer, and which were late. */
import { FRAME_MS } from '../config.ts';

const KEPT = 4096;

export interface EngineStats {
  readonly calls: number;
  readonly places: number;
  readonly frames: number;
  /** Frames answered more than 80 ms after they came, or, of several that came at once, after the one before was answered. */
  readonly late: number;
  /** Calls refused because every place was taken or the others would have become late. */
  readonly refused: number;
  /** Milliseconds from then to a frame's answer, over the last 4096 frames; null before the first. */
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  /** Milliseconds of a run by its size, measured at the start: nobody takes part, everyone does with a full window. */
  readonly runMs: Readonly<Record<number, { readonly idle: number; readonly full: number }>>;
  /** Calls that are taken at most, by what was measured at the start. */
  readonly mostCalls: number;
}

export class LatencyLog {
  frames = 0;
  late = 0;
  private readonly ring = new Float64Array(KEPT);

  add(ms: number): void {
    this.ring[this.frames % KEPT] = ms;
    this.frames++;
    if (ms > FRAME_MS) this.late++;
  }

  /** Over the last frames, at most 4096. `share`: 0 … 1. */
  quantile(share: number, last: number = KEPT): number | null {
    if (this.frames === 0) return null;
    const count = Math.min(this.frames, last, KEPT);
    const sorted = Float64Array.from({ length: count }, (_, i) => this.ring[(this.frames - 1 - i) % KEPT]).sort();
    return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
  }
}
