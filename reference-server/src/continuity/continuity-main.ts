/** The thread that follows the voices of all calls: what they sound like against what they should sound like. */
import { ModelError, VoiceContinuity } from '@undertone/model';
import { runInBackground } from '../background.ts';
import { ENGINE_RATE } from '../engines/engine.ts';
import { serveLines } from '../threads/serve-lines.ts';
import type { VoiceTalk } from './link.ts';

/** Without a recording, a voice's own beginning is its reference: the first so many seconds of speech with voice enough in them. */
const BEGINNING_SECONDS = 5;
/** Level below which sound is a pause, root of the mean square. */
const PAUSE_LEVEL = 0.005;

runInBackground(10);

/** One call's voice. */
class Voice {
  #continuity: VoiceContinuity | null;
  #beginning: Float32Array = new Float32Array(0);

  constructor(reference: Float32Array | null) {
    this.#continuity = reference && new VoiceContinuity(reference);
  }

  /** @returns the distance from the reference, where there is enough of both */
  hear(samples: Float32Array): VoiceTalk['result'] {
    if (this.#continuity) return this.#continuity.push(samples)?.distance ?? null;
    if (level(samples) > PAUSE_LEVEL) this.#begin(samples);
    return null;
  }

  #begin(samples: Float32Array): void {
    const longer = new Float32Array(this.#beginning.length + samples.length);
    longer.set(this.#beginning);
    longer.set(samples, this.#beginning.length);
    this.#beginning = longer;
    if (longer.length < BEGINNING_SECONDS * ENGINE_RATE) return;
    this.#beginning = new Float32Array(0);
    try {
      this.#continuity = new VoiceContinuity(longer);
    } catch (error) {
      // Music, say: the next seconds may have more of a voice. To look at all of them again and again would keep the thread busy.
      if (!(error instanceof ModelError)) throw error;
    }
  }
}

function level(samples: Float32Array): number {
  return Math.sqrt(samples.reduce((sum, v) => sum + v * v, 0) / samples.length);
}

serveLines<VoiceTalk>((reference, post) => {
  let voice = new Voice(reference);
  return {
    take(sound) {
      if ('samples' in sound) post(voice.hear(sound.samples));
      else voice = new Voice(sound.reference);
    },
    answers: {},
    end() {},
  };
});
