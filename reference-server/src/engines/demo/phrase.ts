/** A phrase while it is spoken: the next 80 ms, and the words that begin in them. */
import { FRAME_SAMPLES, type SpokenFrame } from '../engine.ts';

export class Phrase {
  /** Whether the caller's voice stops it. A backchannel is meant to lie under the caller's voice. */
  readonly yields: boolean;
  readonly text: string;
  readonly #samples: Float32Array;
  readonly #words: readonly { readonly at: number; readonly text: string }[];
  #at = 0;
  #word = 0;

  constructor(text: string, samples: Float32Array, yields: boolean) {
    this.text = text;
    this.yields = yields;
    this.#samples = samples;
    // Words are spread over the sound by their length: close enough to read along.
    this.#words = [...text.matchAll(/\S+/g)].map((m) => ({ at: (m.index / text.length) * samples.length, text: ` ${m[0]}` }));
  }

  get over(): boolean {
    return this.#at >= this.#samples.length;
  }

  next(): SpokenFrame {
    const samples = new Float32Array(FRAME_SAMPLES);
    samples.set(this.#samples.subarray(this.#at, this.#at + FRAME_SAMPLES));
    this.#at += FRAME_SAMPLES;
    let text = '';
    for (; this.#word < this.#words.length && this.#words[this.#word].at < this.#at; this.#word++)
      text += this.#words[this.#word].text;
    return { samples, text };
  }
}
