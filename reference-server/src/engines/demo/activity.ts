/** Voice activity: is somebody speaking in this frame? */
import { ENGINE_RATE } from '../engine.ts';

/** Blocks of 20 ms, four in a frame. */
const BLOCK = ENGINE_RATE / 50;
const BLOCK_MS = 20;
/** A block speaks when it is this much above the noise, dB, and above the least level, dB of full scale. */
const ABOVE_NOISE = 12;
const LEAST_LEVEL = -45;
/** Speech begins with this many blocks out of the last five. */
const ONSET_BLOCKS = 3;
const ONSET_WINDOW = 0b11111;
/** The noise floor follows downwards at once and upwards slowly, dB per block. */
const NOISE_RISE = 0.05;

/** What the activity was up to the end of a frame. */
export interface Activity {
  readonly speaking: boolean;
  /** How long the current or last utterance has lasted, pauses within it included. */
  readonly utteranceMs: number;
  /** Silence since the last block that spoke. */
  readonly silenceMs: number;
}

/** Silence after which an utterance is over. */
export const UTTERANCE_END_MS = 480;

/** Follows one caller. */
export class VoiceActivity {
  #noise = -60;
  /** The last blocks, newest in the lowest bit. */
  #recent = 0;
  #utteranceMs = 0;
  #silenceMs = Number.POSITIVE_INFINITY;
  #speaking = false;

  push(frame: Float32Array): Activity {
    for (let at = 0; at + BLOCK <= frame.length; at += BLOCK) this.#block(frame.subarray(at, at + BLOCK));
    return { speaking: this.#speaking, utteranceMs: this.#utteranceMs, silenceMs: this.#silenceMs };
  }

  #block(block: Float32Array): void {
    let energy = 0;
    for (const v of block) energy += v * v;
    const level = 10 * Math.log10(energy / block.length + 1e-10);
    this.#noise = Math.min(level, this.#noise + NOISE_RISE);
    const loud = level > Math.max(LEAST_LEVEL, this.#noise + ABOVE_NOISE);
    this.#recent = ((this.#recent << 1) | (loud ? 1 : 0)) & ONSET_WINDOW;
    this.#silenceMs = loud ? 0 : this.#silenceMs + BLOCK_MS;
    if (this.#speaking) {
      this.#utteranceMs += BLOCK_MS;
      if (this.#silenceMs >= UTTERANCE_END_MS) this.#speaking = false;
    } else if (bits(this.#recent) >= ONSET_BLOCKS) {
      this.#speaking = true;
      this.#utteranceMs = bits(this.#recent) * BLOCK_MS;
    }
  }
}

function bits(mask: number): number {
  let n = 0;
  for (let m = mask; m > 0; m >>= 1) n += m & 1;
  return n;
}
