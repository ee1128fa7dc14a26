/** Speech that comes with the page: a caller for visitors without a microphone, and a stranger's voice to cheat with. */
import { OpusIn } from '../../../src/media/opus-in.ts';
import { PACKET_SAMPLES } from '../../../src/media/opus-out.ts';
import { loudness, QUIET } from './levels.ts';

/** Blocks of silence that part two phrases, and blocks that a phrase has at least; 40 ms each. */
const PAUSE_BLOCKS = 6;
const LEAST_BLOCKS = 40;
/** What the caller waits after the agent's last word, and for the agent's first, in blocks. */
const POLITE_BLOCKS = 30;
const PATIENT_BLOCKS = 125;

/** Fetches one of the samples. @returns blocks of {@link PACKET_SAMPLES} at 24 kHz */
export async function loadSample(name: 'caller' | 'stranger'): Promise<Float32Array[]> {
  const response = await fetch(`${name}.opus`);
  if (!response.ok) throw new Error(`${name}.opus: ${response.status}`);
  const opus = await OpusIn.open(PACKET_SAMPLES);
  const blocks = opus.push(new Uint8Array(await response.arrayBuffer()));
  opus.close();
  return blocks;
}

/** Cuts speech into phrases at its pauses. */
export function phrases(blocks: readonly Float32Array[]): Float32Array[][] {
  const out: Float32Array[][] = [];
  let phrase: Float32Array[] = [];
  let quiet = 0;
  for (const block of blocks) {
    quiet = loudness(block) < QUIET ? quiet + 1 : 0;
    phrase.push(block);
    if (quiet < PAUSE_BLOCKS || phrase.length < LEAST_BLOCKS) continue;
    out.push(phrase);
    phrase = [];
  }
  if (phrase.length > 0) out.push(phrase);
  return out.filter((p) => p.some((block) => loudness(block) >= QUIET));
}

/** A caller that takes turns: speaks a phrase when the agent has finished, or at once when told to. */
export class SampleCaller {
  readonly #phrases: readonly Float32Array[][];
  #next = 0;
  #speaking: readonly Float32Array[] = [];
  #at = 0;
  #agentSpoke = false;
  #waited = 0;

  constructor(blocks: readonly Float32Array[]) {
    this.#phrases = phrases(blocks);
  }

  speak(): void {
    this.#speaking = this.#phrases[this.#next++ % this.#phrases.length];
    this.#at = 0;
  }

  /** The agent's next 40 ms. */
  hear(agent: Float32Array): void {
    if (loudness(agent) >= QUIET) {
      this.#agentSpoke = true;
      this.#waited = 0;
    } else this.#waited++;
  }

  /** The caller's next 40 ms. */
  block(): Float32Array {
    const turn = this.#waited > (this.#agentSpoke ? POLITE_BLOCKS : PATIENT_BLOCKS);
    if (this.#at >= this.#speaking.length && turn) {
      this.speak();
      this.#agentSpoke = false;
      this.#waited = 0;
    }
    return this.#speaking[this.#at++] ?? new Float32Array(PACKET_SAMPLES);
  }
}
