/** A voice out of text: Flite compiled to WebAssembly. */
import { Worker } from 'node:worker_threads';
import { decodeWav } from '@undertone/audio';
import { resample } from '@undertone/audio/pcm';
import { programUrl } from '../programs.ts';
import type { SpeechAnswer, SpeechRequest } from './flite-main.ts';

/** Flite's voices: slt is a woman, rms and awb are men, kal16 is an old synthesiser. */
export const VOICES = ['slt', 'rms', 'awb', 'kal16'] as const;
export type VoiceName = (typeof VOICES)[number];

/** Longest text that is spoken at once. */
const MAX_TEXT = 1000;

interface Waiting {
  resolve(wav: Uint8Array): void;
  reject(error: Error): void;
}

/** Speaks texts one after the other in a thread of its own. */
export class Synthesizer {
  readonly #thread: Worker = new Worker(programUrl('voice/flite-main'), { name: 'flite' });
  readonly #waiting = new Map<number, Waiting>();
  #id = 0;

  constructor() {
    this.#thread.unref();
    this.#thread.on('message', (answer: SpeechAnswer) => {
      const waiting = this.#waiting.get(answer.id);
      this.#waiting.delete(answer.id);
      if (this.#waiting.size === 0) this.#thread.unref();
      if ('wav' in answer) waiting?.resolve(answer.wav);
      else waiting?.reject(new Error(answer.error));
    });
    this.#thread.on('error', (error) => {
      for (const { reject } of this.#waiting.values()) reject(error as Error);
      this.#waiting.clear();
    });
  }

  /** @returns mono samples at `rate`, Hz */
  async speak(text: string, rate: number, voice: VoiceName = 'slt'): Promise<Float32Array> {
    const wav = await new Promise<Uint8Array>((resolve, reject) => {
      const request: SpeechRequest = { id: this.#id++, text: text.slice(0, MAX_TEXT), voice };
      this.#waiting.set(request.id, { resolve, reject });
      this.#thread.ref();
      this.#thread.postMessage(request);
    });
    const { channels, sampleRate } = decodeWav(wav);
    return resample(channels[0], sampleRate, rate);
  }

  async close(): Promise<void> {
    for (const { reject } of this.#waiting.values()) reject(new Error('the synthesizer was closed'));
    this.#waiting.clear();
    await this.#thread.terminate();
  }
}
