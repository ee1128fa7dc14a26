/**
 * The receiver: core-rate samples in, slots as they were heard out. It finds alignments, follows them, and looks back when one turns up
 * late. It knows nothing of frames, cards or keys.
 */
import { type Chips, makeChips } from './chips.ts';
import { DEMODULATOR_DELAY, type RowDemodulator } from './demodulator.ts';
import { ANALYSIS_TAIL } from './filterbank.ts';
import { Follower } from './follow.ts';
import { Grids, KEPT_HOPS } from './grids.ts';
import { CORE_RATE, FAMILIES, HOP, HOPS_PER_TILE, TILES_PER_FRAME } from './profile.ts';
import { ALIGNMENTS, RIVALS, SyncSearch } from './sync.ts';

/** A slot as it was heard. */
export interface HeardSlot {
  /** Which alignment hypothesis it belongs to; slots of one track follow each other. */
  readonly track: number;
  /** Its chip family. */
  readonly family: number;
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

/** Evidence that a new alignment needs, standard deviations: about one false track per hour of speech in all families together. */
const FOUND = 5.9;
/** A track whose slots show nothing for this many slots ends. */
const PATIENCE_SLOTS = 12;
const MAX_TRACKS = 4;

/** Silence, core samples, after which the last tile of a sound has its soft cells. */
export const FINISH_SAMPLES: number = ANALYSIS_TAIL + (DEMODULATOR_DELAY + 2 * TILES_PER_FRAME) * HOPS_PER_TILE * HOP;

/** One chip family as it is searched for. */
interface Family {
  readonly number: number;
  readonly chips: Chips;
  readonly search: SyncSearch;
}

interface Track {
  readonly id: number;
  readonly family: Family;
  readonly follower: Follower;
  /** Where its slots began lately, hops: evidence gathered there outlasts a mark that moved on, and is none for another one. */
  readonly been: number[];
  index: number;
  idle: number;
}

/** Hops between two alignments, the shorter way round. */
function distance(a: number, b: number): number {
  const d = (((a - b) % ALIGNMENTS) + ALIGNMENTS) % ALIGNMENTS;
  return Math.min(d, ALIGNMENTS - d);
}

/** Streaming receiver. */
export class Receiver {
  readonly #grids: Grids;
  readonly #families: readonly Family[];
  #tracks: Track[] = [];
  #nextId = 0;

  /** @param families those to listen for; default all. @param demodulators one for each grid, default the networks of this package */
  constructor(
    families: readonly number[] = Array.from({ length: FAMILIES }, (_, i) => i),
    demodulators?: readonly RowDemodulator[],
  ) {
    this.#grids = new Grids(demodulators);
    this.#families = families.map((number) => {
      const chips = makeChips(number);
      return { number, chips, search: new SyncSearch(chips) };
    });
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
      for (const { search } of this.#families) search.push(soft, tile, grid);
      if (grid !== HOPS_PER_TILE - 1) return;
      if (tile % TILES_PER_FRAME === 0) this.#acquire();
      for (const track of this.#tracks) this.#advance(track, onSlot);
      this.#tracks = this.#tracks.filter((t) => t.idle < PATIENCE_SLOTS);
    });
  }

  /** Ends the sound: what was heard of unfinished slots is given out. */
  finish(onSlot: (slot: HeardSlot) => void): void {
    const heard = this.#grids.hops;
    this.push(new Float32Array(FINISH_SAMPLES), onSlot);
    this.#acquire();
    for (const track of this.#tracks) {
      this.#advance(track, onSlot);
      if (track.follower.next < heard) this.#read(track, onSlot);
    }
  }

  #acquire(): void {
    for (const family of this.#families)
      for (const { alignment } of [...family.search.peaks(FOUND), ...family.search.lastingPeaks(FOUND)]) {
        if (this.#tracks.length >= MAX_TRACKS) return;
        const near = (hop: number): boolean => distance(hop, alignment) <= RIVALS;
        if (this.#tracks.some((t) => t.family === family && (near(t.follower.next) || t.been.some(near)))) continue;
        const oldest = Math.max(0, this.#grids.hops - KEPT_HOPS);
        // The slot that was already running when the sound began is read too: its first frames are simply missing.
        const slot = Math.ceil((oldest - alignment) / ALIGNMENTS) - (oldest === 0 ? 1 : 0);
        const follower = new Follower(this.#grids, family.chips, slot * ALIGNMENTS + alignment);
        this.#tracks.push({ id: this.#nextId++, family, follower, been: [], index: 0, idle: 0 });
      }
  }

  /** Reads the slots of a track that were heard to their end. */
  #advance(track: Track, onSlot: (slot: HeardSlot) => void): void {
    while (track.follower.next + ALIGNMENTS < this.#grids.readHops) this.#read(track, onSlot);
  }

  #read(track: Track, onSlot: (slot: HeardSlot) => void): void {
    const { id, family, follower } = track;
    const { start, llr, levels } = follower.read();
    const present = family.search.peaks(FOUND / 2).some(({ alignment }) => distance(follower.next, alignment) <= RIVALS);
    track.idle = present ? 0 : track.idle + 1;
    track.been.push(start);
    if (track.been.length > PATIENCE_SLOTS) track.been.shift();
    const startSeconds = (start * HOP) / CORE_RATE;
    onSlot({ track: id, family: family.number, index: track.index++, startSeconds, present, llr, levels });
  }
}
