/**
 * Keys and values of the temporal transformer for every place. Attention writes at a rising index; when a place is full, the part
 * still inside the window moves to the front, so a conversation has no length limit.
 */
import type { LmConfig } from '../config.ts';
import { BYTES, type ElementType } from '../onnx/types.ts';
import type { Block, BlockSize, Memory } from '../runtime/device.ts';
import type { Runtime, Tensor } from '../runtime/runtime.ts';

/** Rows beyond the window, so that moving is rare: a fortieth of the window. */
export function cacheCapacity(context: number): number {
  return context + Math.max(8, Math.ceil(context / 320) * 8);
}

/** Rows that are still free when a lone call's place is emptied. */
const SPARE_ROWS = 4;

/** A prompt's keys and values, kept to be copied into a place. */
export interface Snapshot {
  readonly memory: Memory;
  readonly rows: number;
}

export class KvCache {
  readonly capacity: number;
  private readonly runtime: Runtime;
  private readonly config: LmConfig;
  private readonly type: ElementType;
  private readonly places: number;
  private readonly memory: Memory;
  /** The first row of every place, while runs write over it. */
  private readonly firstRows: Memory;
  /** Bytes of one row of one head, of one head, and of one place in one plane (a layer's keys or its values). */
  private readonly row: number;
  private readonly head: number;
  private readonly place: number;
  private readonly used: Int32Array;

  static bytesPerPlace(config: LmConfig, type: ElementType): number {
    const rows = cacheCapacity(config.context) + 1;
    return 2 * config.layers * config.dim * rows * BYTES[type];
  }

  constructor(runtime: Runtime, config: LmConfig, places: number) {
    this.runtime = runtime;
    this.config = config;
    this.type = runtime.device.compute;
    this.places = places;
    this.capacity = cacheCapacity(config.context);
    this.row = (config.dim / config.heads) * BYTES[this.type];
    this.head = this.row * this.capacity;
    this.place = this.head * config.heads;
    this.used = new Int32Array(places);
    this.memory = runtime.device.allocate(this.planes * this.place * places);
    runtime.device.zero(this.memory, 0, this.memory.bytes);
    this.firstRows = runtime.device.allocate(this.planes * config.heads * this.row * places);
  }

  private get planes(): number {
    return 2 * this.config.layers;
  }

  /** Rows that a place holds. */
  rows(place: number): number {
    return this.used[place];
  }

  /** Makes room for at least `least` rows and returns how many fit. */
  makeRoom(place: number, least = 1): number {
    if (this.used[place] + least > this.capacity) this.slide(place);
    return this.capacity - this.used[place];
  }

  /**
   * Between frames: empties the fullest of some places of what has left their windows, before it must be done within a frame. It begins
   * early when there are many `calls`, and as late as it can, for a longer way takes fewer copies. No more at a time than
   * lets all be done before the fullest must be.
   */
  tidy(places: readonly number[], calls: number): void {
    const window = this.config.context - 1;
    const early = Math.min(calls + SPARE_ROWS, Math.floor((this.capacity - window) / 2));
    const free = (place: number): number => this.capacity - this.used[place];
    const full = places.filter((place) => free(place) <= early).sort((a, b) => free(a) - free(b));
    if (full.length === 0) return;
    const now = Math.ceil(full.length / Math.max(1, free(full[0])));
    for (const place of full.slice(0, now)) this.slide(place);
  }

  /** Queued: keeps the first row of some places aside. */
  keepFirstRows(places: readonly number[]): void {
    this.copyFirstRows(places, (size, live, kept) => this.runtime.device.copy(kept, live, size));
  }

  /** Queued: undoes what was written to the first row of those places since. */
  putBackFirstRows(places: readonly number[]): void {
    this.copyFirstRows(places, (size, live, kept) => this.runtime.device.copy(live, kept, size));
  }

  private copyFirstRows(places: readonly number[], copy: (size: BlockSize, live: Block, kept: Block) => void): void {
    const { heads } = this.config;
    for (const [first, count] of ranges(places)) {
      const kept: Block = {
        memory: this.firstRows,
        offset: first * heads * this.row,
        rowPitch: this.row,
        planePitch: this.places * heads * this.row,
      };
      copy({ width: this.row, rows: count * heads, planes: this.planes }, this.block(first, 0), kept);
    }
  }

  advance(place: number, rows: number): void {
    this.used[place] += rows;
  }

  clear(place: number): void {
    this.used[place] = 0;
  }

  /** Tensors of `count` places from `first` on: keys and values of a layer, each [count, heads, capacity, size]. */
  tensors(layer: number, first: number, count: number): { key: Tensor; value: Tensor } {
    const { heads, dim } = this.config;
    const at = (plane: number): Tensor =>
      this.runtime.tensor(this.memory, (plane * this.places + first) * this.place, this.type, [
        count,
        heads,
        this.capacity,
        dim / heads,
      ]);
    return { key: at(2 * layer), value: at(2 * layer + 1) };
  }

  /** Bytes that a snapshot of a place takes. */
  snapshotBytes(place: number): number {
    return this.planes * this.config.heads * this.used[place] * this.row;
  }

  snapshot(place: number): Snapshot {
    const rows = this.used[place];
    const memory = this.runtime.device.allocate(this.snapshotBytes(place));
    this.copy(this.packed(memory, rows), this.block(place, 0), rows);
    return { memory, rows };
  }

  restore(place: number, snapshot: Snapshot): void {
    this.copy(this.block(place, 0), this.packed(snapshot.memory, snapshot.rows), snapshot.rows);
    this.used[place] = snapshot.rows;
  }

  /** Keeps what the next step's window reaches: all but one of `context` rows, moved in pieces that do not overlap. */
  private slide(place: number): void {
    const keep = this.config.context - 1;
    const gap = this.used[place] - keep;
    for (let row = 0; row < keep; row += gap)
      this.copy(this.block(place, row), this.block(place, gap + row), Math.min(gap, keep - row));
    this.used[place] = keep;
  }

  private copy(to: Block, from: Block, rows: number): void {
    this.runtime.device.copy(to, from, { width: rows * this.row, rows: this.config.heads, planes: this.planes });
  }

  private block(place: number, row: number): Block {
    const offset = place * this.place + row * this.row;
    return { memory: this.memory, offset, rowPitch: this.head, planePitch: this.places * this.place };
  }

  private packed(memory: Memory, rows: number): Block {
    return { memory, offset: 0, rowPitch: rows * this.row, planePitch: this.config.heads * rows * this.row };
  }
}

/** Neighbouring numbers together: the first and how many. */
function ranges(numbers: readonly number[]): [first: number, count: number][] {
  const found: [number, number][] = [];
  for (const n of [...numbers].sort((a, b) => a - b)) {
    const last = found.at(-1);
    if (last && last[0] + last[1] === n) last[1]++;
    else found.push([n, 1]);
  }
  return found;
}
