/** Files and pipes. */
import { randomBytes } from 'node:crypto';
import { open, readFile, rename, rm } from 'node:fs/promises';
import { type AudioData, decodeAudio, encodeAudio } from '@undertone/audio';
import { decodePcm16, encodePcm16 } from '@undertone/audio/pcm';
import { CliError } from './errors.ts';

/** How raw samples in a pipe are laid out: 16-bit little-endian, channels interleaved. */
export interface RawFormat {
  readonly rate: number;
  readonly channels: number;
}

/** Largest input, bytes. */
const MAX_BYTES = 2 ** 31;

async function readStdin(): Promise<Uint8Array> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of process.stdin) {
    size += part.length;
    if (size > MAX_BYTES) throw new CliError('input-too-large', 'more than 2 GiB on standard input');
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/** Reads a file or, for `-`, standard input. Throws {@link CliError} `input-missing`. */
export async function readBytes(path: string): Promise<Uint8Array> {
  if (path === '-') return readStdin();
  try {
    return await readFile(path);
  } catch (error) {
    throw new CliError('input-missing', `${path} cannot be read: ${(error as Error).message}`);
  }
}

/** Decodes what was read; raw samples when a format is given. */
export async function toAudio(bytes: Uint8Array, raw: RawFormat | null): Promise<AudioData> {
  if (!raw) return decodeAudio(bytes);
  const samples = decodePcm16(bytes);
  const length = Math.floor(samples.length / raw.channels);
  const channels = Array.from({ length: raw.channels }, (_, c) =>
    Float32Array.from({ length }, (_, i) => samples[i * raw.channels + c]),
  );
  return { sampleRate: raw.rate, channels, format: 'raw' };
}

/** Encodes for a file name, or raw for `-`. */
export async function fromAudio(
  channels: readonly Float32Array[],
  rate: number,
  path: string,
  raw: RawFormat | null,
): Promise<Uint8Array> {
  if (!raw) return encodeAudio(channels, rate, path);
  const length = channels[0].length;
  const woven = new Float32Array(length * channels.length);
  channels.forEach((samples, c) => {
    for (let i = 0; i < length; i++) woven[i * channels.length + c] = samples[i];
  });
  return encodePcm16(woven);
}

/** Writes a file whole or not at all, or standard output for `-`. */
export async function writeBytes(path: string, bytes: Uint8Array | string, mode = 0o644): Promise<void> {
  if (path === '-') {
    await new Promise<void>((resolve, reject) => process.stdout.write(bytes, (error) => (error ? reject(error) : resolve())));
    return;
  }
  const part = `${path}.${randomBytes(4).toString('hex')}.part`;
  try {
    const file = await open(part, 'wx', mode);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true });
    throw new CliError('output-failed', `${path} cannot be written: ${(error as Error).message}`);
  }
}

/** Reads JSON. Throws {@link CliError} `json-malformed`. */
export async function readJson(path: string): Promise<unknown> {
  const text = new TextDecoder().decode(await readBytes(path));
  try {
    return JSON.parse(text);
  } catch {
    throw new CliError('json-malformed', `${path} is not JSON`);
  }
}
