/** Somebody on the line: what is done to the agent's voice before anybody hears it. Everything here is done to the real sound. */
import { ENGINE_RATE } from '../../../src/engines/engine.ts';
import { PACKET_SAMPLES } from '../../../src/media/opus-out.ts';
import type { CheatName } from '../threads.ts';
import { loudness, QUIET } from './levels.ts';

const BLOCKS_PER_SECOND = ENGINE_RATE / PACKET_SAMPLES;
/** Kept of what the agent said, to be replayed: 30 s. */
const KEPT_BLOCKS = 30 * BLOCKS_PER_SECOND;
/** What is replayed, over and over: 8 s. */
const REPLAY_BLOCKS = 8 * BLOCKS_PER_SECOND;
/** Speech that there must be before anything can be replayed, in blocks: 4 s. */
const LEAST_SPEECH = 4 * BLOCKS_PER_SECOND;
/** Pieces that change places: 0.4 s, so that nothing comes later than 2 s. */
const SPLICE_BLOCKS = 10;
/** In which order three pieces come; the two take turns, so that nothing stays where it was. */
const ORDERS = [
  [2, 0, 1],
  [1, 2, 0],
] as const;
/** How much later everything comes: 4 s. */
const DELAY_BLOCKS = 4 * BLOCKS_PER_SECOND;

/** Takes each block of the agent's voice as it comes, and gives one that is heard in its place. */
export interface Cheat {
  hear(block: Float32Array): Float32Array;
}

const silence = (): Float32Array => new Float32Array(PACKET_SAMPLES);

/** What the agent has said lately. */
export class History {
  readonly blocks: Float32Array[] = [];
  #speech = 0;

  add(block: Float32Array): void {
    this.blocks.push(block);
    if (this.blocks.length > KEPT_BLOCKS) this.blocks.shift();
    if (loudness(block) >= QUIET) this.#speech++;
  }

  /** There is enough to cheat with. */
  get enough(): boolean {
    return this.#speech >= LEAST_SPEECH && this.blocks.length >= REPLAY_BLOCKS;
  }

  /** The stretch with the most speech. */
  best(length: number): Float32Array[] {
    const speaks = this.blocks.map((block) => (loudness(block) >= QUIET ? 1 : 0));
    let sum = 0;
    let most = -1;
    let end = length;
    for (let i = 0; i < speaks.length; i++) {
      sum += speaks[i] - (speaks[i - length] ?? 0);
      if (i + 1 < length || sum <= most) continue;
      most = sum;
      end = i + 1;
    }
    return this.blocks.slice(end - length, end);
  }
}

/** Plays something over and over. */
class Loop implements Cheat {
  readonly #blocks: readonly Float32Array[];
  #at = 0;

  constructor(blocks: readonly Float32Array[]) {
    this.#blocks = blocks;
  }

  hear(): Float32Array {
    return this.#blocks[this.#at++ % this.#blocks.length];
  }
}

/** Holds everything back. */
class Delay implements Cheat {
  readonly #waiting: Float32Array[] = Array.from({ length: DELAY_BLOCKS }, silence);

  hear(block: Float32Array): Float32Array {
    this.#waiting.push(block);
    return this.#waiting.shift()!;
  }
}

/** Gives what is said in another order. */
class Splice implements Cheat {
  #pieces: Float32Array[][] = [[]];
  readonly #out: Float32Array[] = [];
  #turn = 0;

  hear(block: Float32Array): Float32Array {
    this.#pieces.at(-1)!.push(block);
    if (this.#pieces.at(-1)!.length === SPLICE_BLOCKS) this.#pieces.push([]);
    if (this.#pieces.length > ORDERS[0].length) {
      for (const piece of ORDERS[this.#turn++ % ORDERS.length]) this.#out.push(...this.#pieces[piece]);
      this.#pieces = [[]];
    }
    return this.#out.shift() ?? silence();
  }
}

/** Begins a cheat. @param stranger another person's voice */
export async function startCheat(name: CheatName, history: History, stranger: readonly Float32Array[]): Promise<Cheat> {
  switch (name) {
    case 'replay':
      return new Loop(history.best(REPLAY_BLOCKS));
    case 'impersonate':
      return new Loop(stranger);
    case 'transplant': {
      // It brings the embedder along, which nothing else here needs.
      const { Transplant } = await import('./transplant.ts');
      return new Transplant(history.blocks, stranger);
    }
    case 'splice':
      return new Splice();
    case 'delay':
      return new Delay();
  }
}
