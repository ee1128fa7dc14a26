/**
 * Where the model frames of a slot begin. Clocks drift by a fraction of a hop a slot; jitter buffers cut out and stretch pitch periods, so
 * that all that follows comes earlier or later. The likeliest way through the slots is found by dynamic programming over their frames
 * (Viterbi): each place in each frame speaks by its evidence, and moving has a price. Speech may also go unmarked for a while; then no
 * place says anything and the way stays where it was.
 */
import type { Chips } from './chips.ts';
import { Confidence } from './confidence.ts';
import type { Grids } from './grids.ts';
import { BITS_PER_FRAME, CELLS, FRAMES_PER_SLOT, HOPS_PER_TILE, TILES_PER_FRAME, TILES_PER_SLOT } from './profile.ts';
import { toLlr } from './soft-bits.ts';
import { CLASSES, presence } from './sync.ts';

/** Hops either way that a slot may move in all: 80 ms, a second of speech at a tenth more or less. */
const REACH = 16;
const PLACES = 2 * REACH + 1;
/** Prices of moving by one hop, of cutting or stretching by a pitch period or two, of moving to any place, and of being unmarked from here on, nats. */
const STEP_NATS = 5;
const PERIOD_NATS = 8;
const PERIOD_HOPS = 4;
const JUMP_NATS = 15;
const LEAVE_NATS = 6;
/** Evidence of a place counts from this multiple of what the places have in the mean: at a wrong one the cells are as strong. */
const CHANCE = 1.3;
const HOPS_PER_FRAME = HOPS_PER_TILE * TILES_PER_FRAME;

/** A slot as read along its way. */
export interface ReadSlot {
  /** The hop with which its first frame begins. */
  readonly start: number;
  /** [FRAMES_PER_SLOT × BITS_PER_FRAME] natural-log likelihood ratios. */
  readonly llr: Float32Array;
  /** [TILES_PER_SLOT × BANDS] levels in dB, −Infinity where nothing was heard. */
  readonly levels: Float32Array;
}

/** Follows one alignment from slot to slot. */
export class Follower {
  readonly #grids: Grids;
  readonly #chips: Chips;
  readonly #confidence = new Confidence();
  #next: number;
  /** Evidence of the likeliest way to each state, nats: marked at each place around #next, then unmarked at each. */
  #scores = Float64Array.from({ length: 2 * PLACES }, (_, i) => -price((i % PLACES) - REACH));

  /** @param start hop with which the first slot to be read is expected to begin */
  constructor(grids: Grids, chips: Chips, start: number) {
    this.#grids = grids;
    this.#chips = chips;
    this.#next = start;
  }

  /** The hop with which the next slot is expected to begin. */
  get next(): number {
    return this.#next;
  }

  /** Reads the next slot, as far as it was heard. */
  read(): ReadSlot {
    const place = (frame: number, d: number): number => this.#next + frame * HOPS_PER_FRAME + d - REACH;
    const sums = Array.from({ length: FRAMES_PER_SLOT }, (_, frame) => {
      const out = new Float32Array(PLACES * BITS_PER_FRAME);
      for (let d = 0; d < PLACES; d++) this.#grids.addFrame(this.#chips, place(frame, d), frame, out, d * BITS_PER_FRAME);
      return out;
    });
    const way = this.#likeliest(sums.map((all) => all.map((sum) => toLlr(sum))));
    const at = (frame: number, d: number): Float32Array => sums[frame].subarray(d * BITS_PER_FRAME, (d + 1) * BITS_PER_FRAME);
    way.forEach((d, frame) => {
      for (let wrong = d % CLASSES; wrong < PLACES; wrong += CLASSES)
        if (wrong !== d) this.#confidence.add(at(frame, d), at(frame, wrong));
    });
    const scale = this.#confidence.next();
    const start = place(0, way[0]);
    const llr = new Float32Array(FRAMES_PER_SLOT * BITS_PER_FRAME);
    const levels = new Float32Array(FRAMES_PER_SLOT * CELLS).fill(-Infinity);
    way.forEach((d, frame) => {
      at(frame, d).forEach((sum, i) => (llr[frame * BITS_PER_FRAME + i] = toLlr(sum, scale)));
      this.#grids.copyLevels(place(frame, d), levels, frame * CELLS);
    });
    this.#move(way[FRAMES_PER_SLOT - 1] - REACH);
    return { start, llr, levels };
  }

  /** For every frame the place, 0 … PLACES − 1, on the likeliest way. @param ratios of each frame, at each place */
  #likeliest(ratios: readonly Float32Array[]): number[] {
    const cameFrom = ratios.map((llr) => {
      const { scores, from } = step(this.#scores, evidenceOf(llr));
      this.#scores = scores;
      return from;
    });
    let state = best(this.#scores);
    const way = new Array<number>(ratios.length);
    for (let frame = ratios.length - 1; frame >= 0; frame--) {
      way[frame] = state % PLACES;
      state = cameFrom[frame][state];
    }
    return way;
  }

  /** Goes on to the next slot, around the place that the end of this one has moved to. */
  #move(hops: number): void {
    this.#next += TILES_PER_SLOT * HOPS_PER_TILE + hops;
    const old = this.#scores;
    const top = Math.max(...old);
    const moved = (first: number, d: number): number =>
      d + hops >= 0 && d + hops < PLACES ? old[first + d + hops] - top : -JUMP_NATS;
    this.#scores = Float64Array.from({ length: 2 * PLACES }, (_, i) => moved(i < PLACES ? 0 : PLACES, i % PLACES));
  }
}

/** One model frame: scores of all states after it, and the state from which each was reached. */
function step(before: Float64Array, evidence: Float64Array): { scores: Float64Array<ArrayBuffer>; from: Uint8Array } {
  const scores = new Float64Array(2 * PLACES).fill(-Infinity);
  const from = new Uint8Array(2 * PLACES);
  const offer = (to: number, state: number, nats: number): void => {
    if (!(before[state] - nats > scores[to])) return;
    scores[to] = before[state] - nats;
    from[to] = state;
  };
  const top = best(before);
  for (let d = 0; d < PLACES; d++) {
    const unmarked = PLACES + d;
    offer(unmarked, unmarked, 0);
    offer(unmarked, d, LEAVE_NATS);
    for (let e = Math.max(0, d - PERIOD_HOPS); e <= d + PERIOD_HOPS && e < PLACES; e++)
      for (const state of [e, PLACES + e]) offer(d, state, price(e - d));
    offer(d, top, JUMP_NATS);
    scores[d] += evidence[d];
  }
  return { scores, from };
}

/** The state with the largest score. */
function best(scores: Float64Array): number {
  return scores.indexOf(Math.max(...scores));
}

/** Evidence of each place for a mark there, above chance, nats. */
function evidenceOf(llr: Float32Array): Float64Array {
  const evidence = new Float64Array(PLACES);
  llr.forEach((l, i) => (evidence[Math.floor(i / BITS_PER_FRAME)] += presence(l)));
  const chance = (CHANCE * evidence.reduce((a, v) => a + v)) / PLACES;
  return evidence.map((v) => v - chance);
}

function price(hops: number): number {
  const far = Math.abs(hops);
  return far === 0 ? 0 : far === 1 ? STEP_NATS : far <= PERIOD_HOPS ? PERIOD_NATS : JUMP_NATS;
}
