/** Spoken phrases, synthesised once and kept while they are used. */
import { Synthesizer, type VoiceName } from '../../voice/index.ts';
import { ENGINE_RATE } from '../engine.ts';

/** Seconds of speech kept for all conversations together (96 kB each). */
const KEPT_SECONDS = 300;
/** Level of a phrase: root of the mean square. */
const LEVEL = 0.08;

export class PhraseBook {
  readonly #synthesizer = new Synthesizer();
  /** Oldest use first. */
  readonly #phrases = new Map<string, Float32Array>();
  readonly #coming = new Map<string, Promise<Float32Array>>();
  #samples = 0;

  /** The phrase at {@link ENGINE_RATE}; shared, not to be changed. */
  async get(voice: VoiceName, text: string): Promise<Float32Array> {
    const key = `${voice} ${text}`;
    const known = this.#phrases.get(key);
    if (known) {
      this.#phrases.delete(key);
      this.#phrases.set(key, known);
      return known;
    }
    let coming = this.#coming.get(key);
    if (!coming) {
      coming = this.#synthesize(key, voice, text).finally(() => this.#coming.delete(key));
      this.#coming.set(key, coming);
    }
    return coming;
  }

  async #synthesize(key: string, voice: VoiceName, text: string): Promise<Float32Array> {
    const samples = levelled(await this.#synthesizer.speak(text, ENGINE_RATE, voice));
    this.#phrases.set(key, samples);
    this.#samples += samples.length;
    for (const [old, dropped] of this.#phrases) {
      if (this.#samples <= KEPT_SECONDS * ENGINE_RATE) break;
      this.#phrases.delete(old);
      this.#samples -= dropped.length;
    }
    return samples;
  }

  close(): Promise<void> {
    return this.#synthesizer.close();
  }
}

function levelled(samples: Float32Array): Float32Array {
  let energy = 0;
  for (const v of samples) energy += v * v;
  const gain = LEVEL / Math.sqrt(energy / Math.max(1, samples.length) + 1e-12);
  return samples.map((v) => Math.max(-1, Math.min(1, v * gain)));
}
