/**
 * The receiver: core-rate samples in, slots as they were heard out. It finds alignments, follows them, and looks back when one turns up
 * late. It knows nothing of frames, cards or keys.
 */
import type { Chips } from './chips.ts';
import { DEMODULATOR_DELAY } from './demodulator.ts';
import { ANALYSIS_TAIL } from './filterbank.ts';
import { Follower } from './follow.ts';
import { Grids, KEPT_HOPS } from './grids.ts';
import { CORE_RATE, HOP, HOPS_PER_TILE, TILES_PER_FRAME } from './profile.ts';
import { ALIGNMENTS, RIVALS, SyncSearch } from './sync.ts';

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

interface Track {
  readonly id: number;
  readonly follower: Follower;
  index: number;
  idle: number;
}

/** Hops between two alignments, the shorter way round. */
function distance(a: number, b: number): number {
  const d = (((a - b) % ALIGNMENTS) + ALIGNMENTS) % ALIGNMENTS;
  return Math.min(d, ALIGNMENTS - d);
}

/** Streaming receiver for one chip family. */
export class Receiver {
  readonly #chips: Chips;
  readonly #grids = new Grids();
  readonly #search: SyncSearch;
  #tracks: Track[] = [];
  #nextId = 0;

  constructor(chips: Chips) {
    this.#chips = chips;
    this.#search = new SyncSearch(chips);
  }

  /** Seconds of sound that were turned into soft bits. */
  get seconds(): number {
    return (this.#grids.readHops * HOP) / CORE_RATE;
  }

  /** Alignments being followed. */
  get tracks(): number {
    return this.#tracks.length;
  }

  /** @param samples core-rate samples; @param onSlot called for every slot that was heard to its end */
  push(samples: Float32Array, onSlot: (slot: HeardSlot) => void): void {
    this.#grids.push(samples, (soft, tile, grid) => {
      this.#search.push(soft, tile, grid);
      if (grid !== HOPS_PER_TILE - 1) return;
      if (tile % TILES_PER_FRAME === 0) this.#acquire();
      for (const track of this.#tracks) this.#advance(track, onSlot);
      this.#tracks = this.#tracks.filter((t) => t.idle < PATIENCE_SLOTS);
    });
  }

  /** Ends the sound: what was heard of unfinished slots is given out. */
  finish(onSlot: (slot: HeardSlot) => void): void {
    const heard = this.#grids.hops;
    this.push(new Float32Array(ANALYSIS_TAIL + (DEMODULATOR_DELAY + 2 * TILES_PER_FRAME) * HOPS_PER_TILE * HOP), onSlot);
    this.#acquire();
    for (const track of this.#tracks) {
      this.#advance(track, onSlot);
      if (track.follower.next < heard) this.#read(track, onSlot);
    }
  }

  #acquire(): void {
    for (const { alignment } of this.#search.peaks(FOUND)) {
      if (this.#tracks.length >= MAX_TRACKS) return;
      if (this.#tracks.some((t) => distance(t.follower.next, alignment) <= RIVALS)) continue;
      const oldest = Math.max(0, this.#grids.hops - KEPT_HOPS);
      // The slot that was already running when the sound began is read too: its first frames are simply missing.
      const slot = Math.ceil((oldest - alignment) / ALIGNMENTS) - (oldest === 0 ? 1 : 0);
      const follower = new Follower(this.#grids, this.#chips, slot * ALIGNMENTS + alignment);
      this.#tracks.push({ id: this.#nextId++, follower, index: 0, idle: 0 });
    }
  }

  /** Reads the slots of a track that were heard to their end. */
  #advance(track: Track, onSlot: (slot: HeardSlot) => void): void {
    while (track.follower.next + ALIGNMENTS < this.#grids.readHops) this.#read(track, onSlot);
  }

  #read(track: Track, onSlot: (slot: HeardSlot) => void): void {
    const { start, llr, levels } = track.follower.read();
    const { next } = track.follower;
    const present = this.#search.peaks(FOUND / 2).some(({ alignment }) => distance(next, alignment) <= RIVALS);
    track.idle = present ? 0 : track.idle + 1;
    onSlot({ track: track.id, index: track.index++, startSeconds: (start * HOP) / CORE_RATE, present, llr, levels });
  }
}
