/**
 * The mark lifted off the agent's voice and laid onto a stranger's, while the call goes on: everything that a listener can copy
 * without the keys. The bits are read frame by frame, so that they are laid on again within a second.
 */
import { Resampler } from '@undertone/audio/pcm';
import {
  addTile,
  BITS_PER_FRAME,
  type Chips,
  CORE_RATE,
  DEMODULATOR_DELAY,
  Demodulator,
  Embedder,
  FRAME,
  FRAMES_PER_SLOT,
  HOP,
  HOPS_PER_TILE,
  makeChips,
  Receiver,
  TILE,
  TILES_PER_FRAME,
  TILES_PER_SLOT,
  TileAnalyzer,
} from '@undertone/signal';
import { ENGINE_RATE } from '../../../src/engines/engine.ts';
import { PACKET_SAMPLES } from '../../../src/media/opus-out.ts';
import type { Cheat } from './cheats.ts';

/** How much of what was said is searched for where its slots begin, in blocks: 10 s. More would hold up the call. */
const SEARCHED_BLOCKS = (10 * ENGINE_RATE) / PACKET_SAMPLES;
/** How long after the agent a frame's bits are laid on again, in frames: until they are read, and one more. */
const LAG_FRAMES = 3 + Math.ceil((DEMODULATOR_DELAY * TILE) / FRAME);

/** Reads the coded bits of each model frame as soon as it is over. */
class BitReader {
  readonly #chips: Chips;
  readonly #analyzer: TileAnalyzer;
  readonly #demodulator = new Demodulator();
  readonly #sums = new Float32Array(BITS_PER_FRAME);
  #tiles = 0;
  /** Bits as ±1 of the model frames from the first slot on. */
  readonly frames: Int8Array[] = [];

  /** @param firstHop where a slot begins */
  constructor(chips: Chips, firstHop: number) {
    this.#chips = chips;
    this.#analyzer = new TileAnalyzer(firstHop);
  }

  push(core: Float32Array): void {
    this.#analyzer.push(core, (levels) => {
      const soft = this.#demodulator.push(levels);
      if (soft) this.#tile(soft, this.#tiles++);
    });
  }

  #tile(soft: Float32Array, tile: number): void {
    addTile(this.#chips, soft, 0, tile % TILES_PER_SLOT, this.#sums, 0);
    if (tile % TILES_PER_FRAME !== TILES_PER_FRAME - 1) return;
    this.frames.push(Int8Array.from(this.#sums, (sum) => (sum > 0 ? 1 : -1)));
    this.#sums.fill(0);
  }
}

/** Where in sound of the agent the first whole slot begins, in hops, and its chip family; 0 when no mark is found: then noise is copied. */
function firstSlot(core: Float32Array): { readonly hop: number; readonly family: number } {
  const found: { hop: number; family: number; present: number }[] = [];
  const receiver = new Receiver();
  receiver.push(core, ({ startSeconds, family, present }) => {
    const hop = Math.round((startSeconds * CORE_RATE) / HOP) % (TILES_PER_SLOT * HOPS_PER_TILE);
    const known = found.find((f) => f.family === family && Math.abs(f.hop - hop) <= 3);
    if (known) known.present += present ? 1 : 0;
    else if (hop >= 0) found.push({ hop, family, present: present ? 1 : 0 });
  });
  return found.sort((a, b) => b.present - a.present)[0] ?? { hop: 0, family: 0 };
}

export class Transplant implements Cheat {
  readonly #stranger: readonly Float32Array[];
  readonly #down = new Resampler(ENGINE_RATE, CORE_RATE);
  readonly #strangerDown = new Resampler(ENGINE_RATE, CORE_RATE);
  readonly #up = new Resampler(CORE_RATE, ENGINE_RATE);
  readonly #reader: BitReader;
  readonly #embedder: Embedder;
  #voice = new Float32Array(0);
  #out = new Float32Array(PACKET_SAMPLES);
  #at = 0;

  /** @param history what the agent said until now */
  constructor(history: readonly Float32Array[], stranger: readonly Float32Array[]) {
    this.#stranger = stranger;
    const core = joined(history.slice(-SEARCHED_BLOCKS).map((block) => this.#down.process(block)));
    const { hop: firstHop, family } = firstSlot(core);
    const chips = makeChips(family);
    this.#reader = new BitReader(chips, firstHop);
    this.#reader.push(core);
    this.#embedder = new Embedder(chips, '20ms', (frame) => this.#reader.frames[frame + this.#skipped] ?? null);
    // The stranger's marked slots begin a whole number of slots after the agent's first one, and then the lag.
    const heard = core.length - firstHop * HOP - LAG_FRAMES * FRAME;
    this.#skipped = Math.max(0, Math.floor(heard / (FRAME * FRAMES_PER_SLOT)) * FRAMES_PER_SLOT);
    this.#mark(new Float32Array(Math.max(0, heard - this.#skipped * FRAME)));
  }
  readonly #skipped: number;

  hear(block: Float32Array): Float32Array {
    this.#reader.push(this.#down.process(block));
    const voice = this.#stranger[this.#at++ % this.#stranger.length];
    const marked = this.#mark(this.#strangerDown.process(voice));
    this.#out = joined([this.#out, this.#up.process(marked)]);
    const out = this.#out.slice(0, PACKET_SAMPLES);
    this.#out = this.#out.slice(PACKET_SAMPLES);
    return out;
  }

  /** Core samples of the stranger in, marked out, a little later. */
  #mark(samples: Float32Array): Float32Array {
    this.#voice = joined([this.#voice, samples]);
    const delta = this.#embedder.push(samples);
    const out = delta.map((d, i) => d + this.#voice[i]);
    this.#voice = this.#voice.slice(delta.length);
    return out;
  }
}

function joined(parts: readonly Float32Array[]): Float32Array<ArrayBuffer> {
  const all = new Float32Array(parts.reduce((n, part) => n + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
