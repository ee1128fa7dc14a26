/** Formats that need ffmpeg, when it is on the path. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AudioError } from './errors.ts';
import type { FfmpegKind } from './sniff.ts';
import { type AudioData, decodeWav } from './wav/index.ts';

/** The demuxer for each kind, named so that ffmpeg never guesses: a guess could end at a playlist that opens other files. */
const DEMUXER: Readonly<Record<FfmpegKind | 'wav', string>> = {
  mp4: 'mov',
  aac: 'aac',
  aiff: 'aiff',
  au: 'au',
  caf: 'caf',
  webm: 'matroska',
  asf: 'asf',
  amr: 'amr',
  wav: 'wav',
};

/** Longest that ffmpeg may take, milliseconds. */
const PATIENCE_MS = 600_000;
/** Most bytes of decoded sound: about three hours of 48 kHz mono. */
const MOST_BYTES = 2 ** 31 - 2 ** 20;

function run(path: string, kind: FfmpegKind | 'wav'): Promise<Uint8Array> {
  const input = ['-nostdin', '-protocol_whitelist', 'file,pipe', '-f', DEMUXER[kind], '-i', path];
  const output = ['-map', '0:a:0', '-f', 'wav', '-c:a', 'pcm_f32le', 'pipe:1'];
  return new Promise((resolve, reject) => {
    const child = spawn('ffmpeg', ['-v', 'error', ...input, ...output], {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: PATIENCE_MS,
    });
    const parts: Uint8Array[] = [];
    let size = 0;
    let said = '';
    child.on('error', () =>
      reject(new AudioError('needs-ffmpeg', `${kind} sound needs ffmpeg on the path; or convert the file to WAV`)),
    );
    child.stdout.on('data', (part: Uint8Array) => {
      size += part.length;
      if (size <= MOST_BYTES) parts.push(part);
      else child.kill('SIGKILL');
    });
    child.stderr.on('data', (part: Uint8Array) => {
      said = (said + new TextDecoder().decode(part)).slice(-300);
    });
    child.on('close', (status) => {
      if (size > MOST_BYTES) return reject(new AudioError('audio-unsupported', `${kind}: too long; split the file`));
      // A cut-off file ends with a complaint, but what came before it is sound.
      if (status !== 0 && size <= 256)
        return reject(new AudioError('audio-undecodable', `${kind}: ${said.replaceAll(path, 'the file').trim()}`));
      resolve(Buffer.concat(parts, size));
    });
  });
}

/**
 * Decodes the first sound track through `ffmpeg`. The bytes go through a file, because an MP4 may have its index at the end.
 * Throws {@link AudioError} `needs-ffmpeg`, `audio-undecodable`, `audio-empty` or `audio-unsupported`.
 */
export async function decodeWithFfmpeg(bytes: Uint8Array, kind: FfmpegKind | 'wav'): Promise<AudioData> {
  const folder = await mkdtemp(join(tmpdir(), 'undertone-'));
  try {
    const path = join(folder, 'sound');
    await writeFile(path, bytes, { mode: 0o600 });
    const { sampleRate, channels, repaired } = decodeWav(await run(path, kind));
    return { sampleRate, channels, format: kind, ...(repaired ? { repaired } : {}) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
