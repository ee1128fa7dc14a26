/**
 * The receiver: core-rate samples in, slots as they were heard out. It demodulates on four grids, finds alignments, follows
 * clock drift, and looks back when an alignment turns up late. It knows nothing of frames, cards or keys.
 */
import type { Chips } from './chips.ts';
import { DEMODULATOR_DELAY, Demodulator, DemodulatorNetwork } from './demodulator.ts';
import { ANALYSIS_TAIL, HopAnalyzer, levelDb } from './filterbank.ts';
import {
  BANDS,
  BITS_PER_FRAME,
  CORE_RATE,
  FRAMES_PER_SLOT,
  HOP,
  HOPS_PER_TILE,
  TILES_PER_FRAME,
  TILES_PER_SLOT,
} from './profile.ts';
import { addTile, toLlr } from './soft-bits.ts';
import { ALIGNMENTS, presence, SyncSearch } from './sync.ts';

/** A slot as it was heard. */
export interface HeardSlot {
  /** Which alignment hypothesis it belongs to; slots of one track follow each other. */
  readonly track: number;
  /** Consecutive number within the track; earlier slots than the first found are negative. */
  readonly index: number;
  /** Where the slot begins, seconds from the first sample pushed. */
  readonly startSeconds: number;
  /** The alignment still stood out when the slot had ended. */
  readonly present: boolean;
  /** [FRAMES_PER_SLOT × BITS_PER_FRAME] natural-log likelihood ratios, positive for bit 1, 0 where nothing was heard. */
  readonly llr: Float32Array;
  /** [TILES_PER_SLOT × BANDS] tile levels in dB, −Infinity where nothing was heard. */
  readonly levels: Float32Array;
}

/** Evidence that a new alignment needs, standard deviations; with 512 alignments about one false track per hour of speech. */
const FOUND = 5.6;
/** A track whose slots show nothing for this many slots ends. */
const PATIENCE_SLOTS = 12;
const MAX_TRACKS = 4;
/** Tiles kept: a track found late still reads the slots of the last 16 s. */
const KEPT_TILES = 1024;
const GRIDS = HOPS_PER_TILE;
const DRIFT_BONUS = 1.5;

interface Track {
  readonly id: number;
  index: number;
  /** First hop of the next slot to read. */
  next: number;
  idle: number;
}

/** Streaming receiver for one chip family. */
export class Receiver {
  readonly #chips: Chips;
  readonly #analyzer = new HopAnalyzer();
  readonly #demodulators: Demodulator[];
  readonly #search: SyncSearch;
  readonly #soft = Array.from({ length: GRIDS }, () => new Float32Array(KEPT_TILES * BANDS));
  readonly #levels = Array.from({ length: GRIDS }, () => new Float32Array(KEPT_TILES * BANDS).fill(-Infinity));
  readonly #recent = new Float32Array(GRIDS * BANDS);
  readonly #row = new Float32Array(BANDS);
  #hops = 0;
  #tracks: Track[] = [];
  #nextId = 0;

  constructor(chips: Chips) {
    this.#chips = chips;
    this.#search = new SyncSearch(chips);
    const network = new DemodulatorNetwork();
    this.#demodulators = Array.from({ length: GRIDS }, () => new Demodulator(network));
  }

  /** Seconds of sound that were turned into soft bits. */
  get seconds(): number {
    return Math.max(0, (this.#hops - DEMODULATOR_DELAY * HOPS_PER_TILE) * HOP) / CORE_RATE;
  }

  /** Alignments being followed. */
  get tracks(): number {
    return this.#tracks.length;
  }

  /** @param samples core-rate samples; @param onSlot called for every slot that was heard to its end */
  push(samples: Float32Array, onSlot: (slot: HeardSlot) => void): void {
    this.#analyzer.push(samples, (power) => this.#hop(power, onSlot));
  }

  /** Ends the sound: what was heard of unfinished slots is given out. */
  finish(onSlot: (slot: HeardSlot) => void): void {
    const heard = this.#hops;
    this.push(new Float32Array(ANALYSIS_TAIL + (DEMODULATOR_DELAY + 2 * TILES_PER_FRAME) * HOPS_PER_TILE * HOP), onSlot);
    this.#acquire(onSlot);
    for (const track of this.#tracks) if (track.next < heard) this.#give(track, track.next, onSlot);
  }

  #hop(power: Float32Array, onSlot: (slot: HeardSlot) => void): void {
    const hop = this.#hops++;
    this.#recent.set(power, (hop % GRIDS) * BANDS);
    const first = hop - HOPS_PER_TILE + 1;
    if (first < 0) return;
    const grid = first % GRIDS;
    const tile = (first - grid) / HOPS_PER_TILE;
    for (let b = 0; b < BANDS; b++) {
      let sum = 0;
      for (let h = 0; h < HOPS_PER_TILE; h++) sum += this.#recent[h * BANDS + b];
      this.#row[b] = levelDb(sum);
    }
    this.#levels[grid].set(this.#row, (tile % KEPT_TILES) * BANDS);
    const soft = this.#demodulators[grid].push(this.#row);
    if (!soft) return;
    const done = tile - DEMODULATOR_DELAY;
    this.#soft[grid].set(soft, (done % KEPT_TILES) * BANDS);
    this.#search.push(soft, done, grid);
    if (grid !== GRIDS - 1) return;
    if (done % TILES_PER_FRAME === 0) this.#acquire(onSlot);
    const heardHops = done * HOPS_PER_TILE;
    for (const track of this.#tracks) if (track.next + ALIGNMENTS + 1 <= heardHops) this.#advance(track, onSlot);
    this.#tracks = this.#tracks.filter((t) => t.idle < PATIENCE_SLOTS);
  }

  #acquire(onSlot: (slot: HeardSlot) => void): void {
    for (const { alignment } of this.#search.peaks(FOUND, MAX_TRACKS)) {
      const near = (t: Track): boolean => {
        const d = (((t.next - alignment) % ALIGNMENTS) + ALIGNMENTS) % ALIGNMENTS;
        return Math.min(d, ALIGNMENTS - d) <= 3;
      };
      if (this.#tracks.length >= MAX_TRACKS || this.#tracks.some(near)) continue;
      const oldest = Math.max(0, this.#hops - (KEPT_TILES - 2 * DEMODULATOR_DELAY) * HOPS_PER_TILE);
      // The slot that was already running when the sound began is read too: its first frames are simply missing.
      const slot = Math.ceil((oldest - alignment) / ALIGNMENTS) - (oldest === 0 ? 1 : 0);
      const track: Track = { id: this.#nextId++, index: 0, next: slot * ALIGNMENTS + alignment, idle: 0 };
      this.#tracks.push(track);
      const heardHops = this.#hops - (DEMODULATOR_DELAY + 1) * HOPS_PER_TILE;
      while (track.next + ALIGNMENTS + 1 <= heardHops) this.#advance(track, onSlot);
    }
  }

  /** Reads the next slot of a track at the alignment that fits best: drift moves it by at most one hop per slot. */
  #advance(track: Track, onSlot: (slot: HeardSlot) => void): void {
    let best = track.next;
    let most = -Infinity;
    for (const d of [0, -1, 1]) {
      let sum = d === 0 ? DRIFT_BONUS : 0;
      for (const l of this.#read(track.next + d)) sum += presence(l);
      if (sum > most) {
        most = sum;
        best = track.next + d;
      }
    }
    this.#give(track, best, onSlot);
    track.next = best + ALIGNMENTS;
  }

  #give(track: Track, startHop: number, onSlot: (slot: HeardSlot) => void): void {
    const llr = this.#read(startHop);
    const grid = ((startHop % GRIDS) + GRIDS) % GRIDS;
    const levels = new Float32Array(TILES_PER_SLOT * BANDS).fill(-Infinity);
    this.#copy(this.#levels[grid], (startHop - grid) / HOPS_PER_TILE, levels);
    const present = this.#search.peaks(FOUND / 2, 2 * MAX_TRACKS).some(({ alignment }) => {
      const d = (((startHop - alignment) % ALIGNMENTS) + ALIGNMENTS) % ALIGNMENTS;
      return Math.min(d, ALIGNMENTS - d) <= 3;
    });
    track.idle = present ? 0 : track.idle + 1;
    onSlot({ track: track.id, index: track.index++, startSeconds: (startHop * HOP) / CORE_RATE, present, llr, levels });
  }

  #copy(ring: Float32Array, firstTile: number, out: Float32Array): void {
    const newest = Math.floor(this.#hops / HOPS_PER_TILE);
    for (let t = 0; t < TILES_PER_SLOT; t++) {
      const tile = firstTile + t;
      if (tile < 0 || tile >= newest || tile < newest - KEPT_TILES) continue;
      const at = (tile % KEPT_TILES) * BANDS;
      out.set(ring.subarray(at, at + BANDS), t * BANDS);
    }
  }

  #read(startHop: number): Float32Array {
    const grid = ((startHop % GRIDS) + GRIDS) % GRIDS;
    const rows = new Float32Array(TILES_PER_SLOT * BANDS);
    this.#copy(this.#soft[grid], (startHop - grid) / HOPS_PER_TILE, rows);
    const sums = new Float32Array(FRAMES_PER_SLOT * BITS_PER_FRAME);
    for (let t = 0; t < TILES_PER_SLOT; t++)
      addTile(this.#chips, rows, t * BANDS, t, sums, Math.floor(t / TILES_PER_FRAME) * BITS_PER_FRAME);
    return sums.map(toLlr);
  }
}
