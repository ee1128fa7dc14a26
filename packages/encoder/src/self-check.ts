/** Listens to the encoder's own output at the core rate: did the speech carry what was put into it? */
import {
  addTile,
  BITS_PER_FRAME,
  type Chips,
  Demodulator,
  TILE,
  TILES_PER_FRAME,
  TILES_PER_SLOT,
  TileAnalyzer,
  toLlr,
} from '@undertone/signal';
import { SampleQueue } from './sample-queue.ts';

/** What the self-check says. */
export interface SelfCheckSink {
  /** Level of a tile of the marked sound, [BANDS] dB, reused. */
  level(tile: number, levels: Float32Array): void;
  /** Ratios of the four coded bits of a model frame as read from the marked sound, reused. */
  frame(frame: number, llr: Float32Array): void;
}

/**
 * Reads marked core-rate sound whose first sample begins model frame 0. A model frame may come at once; it is read tile by tile, so that no
 * block of sound has to wait for all of it.
 */
export class SelfCheck {
  readonly #chips: Chips;
  readonly #sink: SelfCheckSink;
  readonly #waiting = new SampleQueue();
  readonly #analyzer = new TileAnalyzer();
  readonly #demodulator = new Demodulator();
  readonly #sums = new Float32Array(BITS_PER_FRAME);
  #tiles = 0;
  #softTile = 0;

  constructor(chips: Chips, sink: SelfCheckSink) {
    this.#chips = chips;
    this.#sink = sink;
  }

  push(samples: Float32Array): void {
    this.#waiting.push(samples);
  }

  /** Reads one tile of what waits. @returns whether something waited */
  work(): boolean {
    const n = Math.min(TILE, this.#waiting.length);
    this.#analyzer.push(this.#waiting.shift(n), (levels) => this.#tile(levels));
    return n > 0;
  }

  #tile(levels: Float32Array): void {
    this.#sink.level(this.#tiles++, levels);
    const soft = this.#demodulator.push(levels);
    if (!soft) return;
    const inFrame = this.#softTile % TILES_PER_FRAME;
    if (inFrame === 0) this.#sums.fill(0);
    addTile(this.#chips, soft, 0, this.#softTile % TILES_PER_SLOT, this.#sums, 0);
    this.#softTile++;
    if (inFrame === TILES_PER_FRAME - 1)
      this.#sink.frame(
        Math.floor(this.#softTile / TILES_PER_FRAME) - 1,
        this.#sums.map((sum) => toLlr(sum)),
      );
  }
}
