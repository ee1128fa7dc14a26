/** Sound of vectors and of the matrix: kept as FLAC, given to implementations as WAV in their working folder. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeAudio, encodeWav } from '@undertone/audio';
import type { Json } from './contract.ts';
import { PACKAGE_FOLDER } from './vectors.ts';

export const AUDIO_FOLDER: string = join(PACKAGE_FOLDER, 'audio');

/** The one channel of a file. */
export async function readSound(path: string): Promise<{ samples: Float32Array; sampleRate: number }> {
  const { channels, sampleRate } = await decodeAudio(await readFile(path));
  return { samples: channels[0], sampleRate };
}

export async function writeWav(path: string, samples: Float32Array, sampleRate: number): Promise<void> {
  await writeFile(path, encodeWav([samples], sampleRate));
}

/** The input with its sound laid into the folder, and named as it stands there. Input without sound is given back as it is. */
export async function layAudio(input: Json, folder: string): Promise<Json> {
  if (typeof input.audio !== 'string') return input;
  const name = `${input.audio}.wav`;
  const { samples, sampleRate } = await readSound(join(AUDIO_FOLDER, `${input.audio}.flac`));
  await writeWav(join(folder, name), samples, sampleRate);
  return { ...input, audio: name };
}
