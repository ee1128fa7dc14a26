/**
 * The embedder at the core rate: speech in, the difference that marks it out. Streaming; the same whatever the chunks.
 */
import type { Chips } from './chips.ts';
import { FrameGains } from './embed-frame.ts';
import { TileGains } from './embed-tile.ts';
import { DeltaSynthesizer, HopAnalyzer, levelDb, SYNTHESIS_LEAD, SYNTHESIS_WINDOW } from './filterbank.ts';
import { BANDS, BITS_PER_FRAME, CELLS, FRAMES_PER_SLOT, HOP, HOPS_PER_TILE, TILES_PER_FRAME } from './profile.ts';

/** How far ahead the output may depend on the input: whole 80 ms frames (95 ms in all) or 20 ms. */
export type Lookahead = 'frame' | '20ms';

/** The four coded bits of model frame n as +1 (bit 1) or −1 (bit 0); null leaves the frame unmarked. */
export type BitSource = (frame: number) => Int8Array | null;

/** Cells more than this under the loudest recent cell are not touched, dB. */
const RANGE_DB = 45;
/** Cells quieter than this are not touched, dB re the filterbank's full scale. */
const QUIETEST_DB = -55;
/** A cell is marked only when it stands this far above the floor, dB. */
const MARGIN_DB = 6;
/** The loudest cell is forgotten at 1 dB per second. */
const FORGET_DB = 0.02;
const PAST_TILES = 13;
const HOPS_PER_FRAME = HOPS_PER_TILE * TILES_PER_FRAME;

const clamp3 = (x: number): number => Math.max(-3, Math.min(3, x));

/** Marks core-rate speech. */
export class Embedder {
  readonly #chips: Chips;
  readonly #bits: BitSource;
  readonly #analyzer = new HopAnalyzer();
  readonly #synthesizer = new DeltaSynthesizer();
  readonly #frameGains: FrameGains | null;
  readonly #tileGains: TileGains | null;
  /** Samples from #base on, behind them zeros for the windows that reach over the end. */
  #samples = new Float32Array(4096);
  #delta = new Float32Array(4096);
  #base = -SYNTHESIS_LEAD;
  #filled = SYNTHESIS_LEAD;
  #hops = 0;
  #top = -Infinity;
  readonly #power = new Float32Array(CELLS);
  readonly #levels = new Float32Array(CELLS);
  readonly #mask = new Uint8Array(CELLS);
  readonly #wanted = new Float32Array(CELLS);
  readonly #host = new Float32Array(CELLS);
  readonly #gains = new Float32Array(CELLS);
  readonly #sums = new Float32Array(BITS_PER_FRAME);
  readonly #past: Float32Array[] = [];
  readonly #onset = new Float32Array(BANDS);
  #current: Int8Array | null = null;
  #next: Int8Array | null = null;

  /** @param bits asked once for every model frame, in order, at most one frame ahead of the sound */
  constructor(chips: Chips, lookahead: Lookahead, bits: BitSource) {
    this.#chips = chips;
    this.#bits = bits;
    this.#frameGains = lookahead === 'frame' ? new FrameGains() : null;
    this.#tileGains = lookahead === '20ms' ? new TileGains() : null;
  }

  /**
   * @param samples speech at 8 kHz, −1 … 1
   * @returns the difference to add, from where the last answer ended
   */
  push(samples: Float32Array): Float32Array {
    this.#reserve(samples.length);
    const start = this.#filled;
    this.#samples.set(samples, start);
    this.#filled += samples.length;
    this.#analyzer.push(samples, (power) => this.#hop(power));
    return this.#take();
  }

  #reserve(more: number): void {
    const need = this.#filled + more + SYNTHESIS_WINDOW;
    if (need <= this.#samples.length) return;
    const grow = (a: Float32Array): Float32Array<ArrayBuffer> => {
      const b = new Float32Array(2 * need);
      b.set(a);
      return b;
    };
    this.#samples = grow(this.#samples);
    this.#delta = grow(this.#delta);
  }

  /** Everything before the next synthesis window is final. */
  #take(): Float32Array {
    const done = this.#frameGains ? Math.floor(this.#hops / HOPS_PER_FRAME) * HOPS_PER_FRAME : this.#synthesizedHops();
    const final = done * HOP - SYNTHESIS_LEAD - this.#base;
    const before = Math.max(0, -this.#base);
    const out = this.#delta.slice(Math.min(before, final), final);
    if (final > 0) {
      this.#samples.copyWithin(0, final, this.#filled);
      this.#delta.copyWithin(0, final);
      this.#delta.fill(0, this.#delta.length - final);
      this.#filled -= final;
      this.#base += final;
    }
    return out;
  }

  /** In the 20 ms mode a tile's gains are known with its first hop, so its four windows follow as their samples arrive. */
  #synthesizedHops(): number {
    return this.#hops;
  }

  #hop(power: Float32Array): void {
    const hop = this.#hops++;
    const inFrame = hop % HOPS_PER_FRAME;
    const tile = Math.floor(inFrame / HOPS_PER_TILE);
    if (inFrame === 0) this.#beginFrame(Math.floor(hop / HOPS_PER_FRAME));
    const first = hop % HOPS_PER_TILE === 0;
    for (let b = 0; b < BANDS; b++) this.#power[tile * BANDS + b] = (first ? 0 : this.#power[tile * BANDS + b]) + power[b];
    if (this.#tileGains) {
      if (first) this.#beginTile(tile, power);
      this.#synthesize(hop, tile);
    }
    if (hop % HOPS_PER_TILE === HOPS_PER_TILE - 1) this.#endTile(tile);
    if (this.#frameGains && inFrame === HOPS_PER_FRAME - 1) this.#endFrame(hop + 1 - HOPS_PER_FRAME);
  }

  #beginFrame(frame: number): void {
    this.#current = frame === 0 ? this.#bits(0) : this.#next;
    // The last tile of a frame wants to know the first chips of the next.
    this.#next = this.#tileGains ? this.#bits(frame + 1) : null;
    if (this.#frameGains && frame > 0) this.#current = this.#bits(frame);
    this.#sums.fill(0);
    this.#host.fill(0);
    this.#frame = frame % FRAMES_PER_SLOT;
    this.#want(this.#wanted, 0, CELLS, this.#frame, 0, this.#current);
  }
  #frame = 0;

  #want(out: Float32Array, at: number, n: number, frame: number, firstCell: number, bits: Int8Array | null): void {
    const cell = frame * CELLS + firstCell;
    for (let c = 0; c < n; c++) out[at + c] = this.#chips.sign[cell + c] * (bits ? bits[this.#chips.bit[cell + c]] : 0);
  }

  #floor(): number {
    return Math.max(this.#top - RANGE_DB, QUIETEST_DB);
  }

  #endTile(tile: number): void {
    let loudest = this.#top - FORGET_DB;
    const at = tile * BANDS;
    for (let b = 0; b < BANDS; b++) {
      this.#levels[at + b] = levelDb(this.#power[at + b]);
      loudest = Math.max(loudest, this.#levels[at + b]);
    }
    this.#top = loudest;
    const floor = this.#floor();
    for (let c = at; c < at + BANDS; c++) {
      this.#mask[c] = this.#levels[c] > floor + MARGIN_DB ? 1 : 0;
      this.#levels[c] = Math.max(this.#levels[c], floor);
    }
    if (!this.#tileGains) return;
    const mean = this.#pastMean(this.#levels.subarray(at, at + BANDS));
    const cell = (this.#frame * TILES_PER_FRAME + tile) * BANDS;
    for (let b = 0; b < BANDS; b++)
      this.#sums[this.#chips.bit[cell + b]] += ((this.#levels[at + b] - mean[b]) / 5) * this.#chips.sign[cell + b];
    this.#past.push(this.#levels.slice(at, at + BANDS));
    if (this.#past.length > PAST_TILES) this.#past.shift();
  }

  /** Mean of the thirteen tiles before, the first one repeated at the start. */
  #pastMean(fallback: Float32Array): Float32Array {
    const mean = new Float32Array(BANDS);
    const missing = PAST_TILES - this.#past.length;
    for (let b = 0; b < BANDS; b++) {
      let sum = missing * (this.#past[0] ?? fallback)[b];
      for (const row of this.#past) sum += row[b];
      mean[b] = sum / PAST_TILES;
    }
    return mean;
  }

  #beginTile(tile: number, firstHop: Float32Array): void {
    const at = tile * BANDS;
    for (let b = 0; b < BANDS; b++) {
      this.#onset[b] = levelDb(firstHop[b] * HOPS_PER_TILE);
      this.#top = Math.max(this.#top, this.#onset[b]);
    }
    const floor = this.#floor();
    const bits = this.#current;
    const cell = (this.#frame * TILES_PER_FRAME + tile) * BANDS;
    const wantedNext = new Float32Array(BANDS);
    if (tile < TILES_PER_FRAME - 1) wantedNext.set(this.#wanted.subarray(at + BANDS, at + 2 * BANDS));
    else this.#want(wantedNext, 0, BANDS, (this.#frame + 1) % FRAMES_PER_SLOT, 0, this.#next);
    const host = new Float32Array(BANDS);
    for (let b = 0; b < BANDS; b++) {
      this.#mask[at + b] = this.#onset[b] > floor + MARGIN_DB ? 1 : 0;
      this.#onset[b] = Math.max(this.#onset[b], floor);
      const bit = this.#chips.bit[cell + b];
      host[b] = bits ? clamp3((this.#sums[bit] * bits[bit]) / 4) : 0;
    }
    const past = this.#pastMean(this.#onset);
    const previous = this.#past.at(-1) ?? this.#onset;
    this.#tileGains!.next(
      { previous, past, onset: this.#onset, wanted: this.#wanted.subarray(at, at + BANDS), wantedNext, host },
      this.#gains,
      at,
    );
    this.#mute(at, BANDS);
  }

  #endFrame(firstHop: number): void {
    const bits = this.#current;
    this.#sums.fill(0);
    const cell = this.#frame * CELLS;
    for (let b = 0; b < BANDS; b++) {
      let mean = 0;
      for (let c = b; c < CELLS; c += BANDS) mean += this.#levels[c] / TILES_PER_FRAME;
      for (let c = b; c < CELLS; c += BANDS)
        if (this.#mask[c]) this.#sums[this.#chips.bit[cell + c]] += ((this.#levels[c] - mean) / 5) * this.#chips.sign[cell + c];
    }
    for (let c = 0; c < CELLS; c++) {
      const bit = this.#chips.bit[cell + c];
      this.#host[c] = bits ? clamp3((this.#sums[bit] * bits[bit]) / 4) : 0;
    }
    this.#frameGains!.next(this.#levels, this.#wanted, this.#host, this.#gains);
    this.#mute(0, CELLS);
    for (let i = 0; i < HOPS_PER_FRAME; i++) this.#synthesize(firstHop + i, Math.floor(i / HOPS_PER_TILE));
  }

  #mute(at: number, n: number): void {
    for (let c = at; c < at + n; c++) if (!this.#mask[c] || !this.#current) this.#gains[c] = 0;
  }

  #synthesize(hop: number, tile: number): void {
    const at = hop * HOP - SYNTHESIS_LEAD - this.#base;
    this.#synthesizer.add(this.#samples.subarray(at, at + SYNTHESIS_WINDOW), this.#gains, tile * BANDS, this.#delta, at);
  }
}
