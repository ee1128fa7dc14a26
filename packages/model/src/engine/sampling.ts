/** How a call's tokens are drawn: temperatures, how many candidates, and noise from seeds. */
import { AUDIO_TOP_K, CODEBOOKS, TEXT_TOP_K } from '../config.ts';
import { ModelError } from '../errors.ts';
import { type AdjustmentInputs, TextPreferences, type TextPreferencesOptions } from './text-preferences.ts';

export interface Sampling extends TextPreferencesOptions {
  /** 0 … 5; 0 takes the likeliest. Default 0.7. */
  readonly textTemperature?: number;
  /** Candidates, 1 or more; 25 are the most, and the default. */
  readonly textTopK?: number;
  /** 0 … 5; 0 takes the likeliest. Default 0.8. */
  readonly audioTemperature?: number;
  /** Candidates, 1 or more; 250 are the most, and the default. */
  readonly audioTopK?: number;
  /** Whole numbers; the same seeds give the same call for the same sound heard. Default: random. */
  readonly textSeed?: number;
  readonly audioSeed?: number;
}

/** Where a call's sampling inputs go. */
interface SamplingInputs extends AdjustmentInputs {
  readonly text_noise: Float32Array;
  readonly text_inverse_temperature: Float32Array;
  readonly audio_noise: Float32Array;
  readonly audio_inverse_temperature: Float32Array;
}

export class Sampler {
  private readonly text: Draw;
  private readonly audio: Draw;
  private readonly preferences: TextPreferences;

  /** @throws ModelError `argument-invalid` */
  constructor(sampling: Sampling) {
    const { textTemperature = 0.7 } = sampling;
    this.preferences = new TextPreferences(sampling, textTemperature);
    this.text = new Draw('text', textTemperature, sampling.textTopK ?? TEXT_TOP_K, TEXT_TOP_K, sampling.textSeed);
    this.audio = new Draw(
      'audio',
      sampling.audioTemperature ?? 0.8,
      sampling.audioTopK ?? AUDIO_TOP_K,
      AUDIO_TOP_K,
      sampling.audioSeed,
    );
  }

  /** Takes the text token that a step gave. */
  hear(token: number): void {
    this.preferences.hear(token);
  }

  /** Writes what the next step at a place needs. */
  prepare(place: number, inputs: SamplingInputs): void {
    this.preferences.write(place, inputs);
    inputs.text_inverse_temperature[place] = this.text.inverseTemperature;
    inputs.audio_inverse_temperature[place] = this.audio.inverseTemperature;
    this.text.fill(inputs.text_noise, place * TEXT_TOP_K);
    for (let k = 0; k < CODEBOOKS; k++) this.audio.fill(inputs.audio_noise, (place * CODEBOOKS + k) * AUDIO_TOP_K);
  }
}

class Draw {
  readonly inverseTemperature: number;
  private readonly greedy: boolean;
  private readonly candidates: number;
  private readonly width: number;
  private state: number;

  constructor(name: string, temperature: number, candidates: number, width: number, seed = Math.floor(Math.random() * 2 ** 32)) {
    const invalid = (what: string): never => {
      throw new ModelError('argument-invalid', `the ${name} ${what}`);
    };
    if (!(temperature >= 0 && temperature <= 5)) invalid(`temperature must be from 0 to 5, not ${temperature}`);
    if (!(Number.isInteger(candidates) && candidates >= 1)) invalid(`top-k must be a whole number from 1, not ${candidates}`);
    if (!Number.isSafeInteger(seed)) invalid(`seed must be a whole number, not ${seed}`);
    this.greedy = temperature === 0;
    this.inverseTemperature = this.greedy ? 1 : 1 / temperature;
    this.candidates = candidates;
    this.width = width;
    this.state = seed | 0;
  }

  /** Gumbel noise for the candidates, −∞ for the others; none at all takes the first. */
  fill(into: Float32Array, offset: number): void {
    for (let i = 0; i < this.width; i++)
      into[offset + i] =
        i >= this.candidates ? Number.NEGATIVE_INFINITY : this.greedy ? 0 : -Math.log(-Math.log((this.next() + 0.5) / 2 ** 32));
  }

  /** Uniform, 32 bits: a Weyl sequence, mixed. */
  private next(): number {
    this.state = (this.state + 0x9e3779b9) | 0;
    let h = Math.imul(this.state ^ (this.state >>> 16), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
    return (h ^ (h >>> 16)) >>> 0;
  }
}
