/** Where voice files lie: a folder of them, or the archive `voices.tgz` as it is published, which is read without being unpacked. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { ModelError } from '../errors.ts';

const VOICE = '.pt';
const VOICE_LIMIT = 64 * 1024 * 1024;
const ARCHIVE_LIMIT = 512 * 1024 * 1024;
const BLOCK = 512;

/** Contents of voice files by name, without `.pt`. */
export type VoiceFiles = ReadonlyMap<string, () => Uint8Array>;

/** @throws ModelError `voice-malformed` when the archive is none */
export function voiceFiles(path: string | null): VoiceFiles {
  if (path === null) return new Map();
  if (statSync(path).isDirectory()) {
    const names = readdirSync(path).filter((name) => name.endsWith(VOICE));
    return new Map(names.map((name) => [basename(name, VOICE), () => readBounded(join(path, name))]));
  }
  const entries = [...readTar(unzip(path))].filter(([name]) => name.endsWith(VOICE) && !basename(name).startsWith('.'));
  return new Map(entries.map(([name, bytes]) => [basename(name, VOICE), () => bytes]));
}

function readBounded(path: string): Uint8Array {
  const { size } = statSync(path);
  if (size > VOICE_LIMIT) throw malformed(`a voice file of ${size} bytes`);
  return readFileSync(path);
}

function unzip(path: string): Uint8Array {
  try {
    return gunzipSync(readFileSync(path), { maxOutputLength: ARCHIVE_LIMIT });
  } catch (cause) {
    throw new ModelError('voice-malformed', `${basename(path)} cannot be unpacked: ${(cause as Error).message}`, { cause });
  }
}

/** The regular files of a tar archive (POSIX ustar). */
function* readTar(bytes: Uint8Array): Generator<[name: string, content: Uint8Array]> {
  for (let at = 0; ; ) {
    if (at + BLOCK > bytes.length) throw malformed('the archive is truncated');
    const header = bytes.subarray(at, at + BLOCK);
    if (header.every((byte) => byte === 0)) return;
    const size = octal(header.subarray(124, 136));
    const given = octal(header.subarray(148, 156));
    // The checksum is over the header with spaces in its own place.
    const sum = header.reduce((total, byte, i) => total + (i >= 148 && i < 156 ? 0x20 : byte), 0);
    if (sum !== given) throw malformed('the archive has a broken header');
    if (at + BLOCK + size > bytes.length) throw malformed('the archive is truncated');
    const kind = String.fromCharCode(header[156]);
    if (kind === '0' || kind === '\0') {
      if (size > VOICE_LIMIT) throw malformed(`a voice file of ${size} bytes`);
      yield [text(header.subarray(0, 100)), bytes.subarray(at + BLOCK, at + BLOCK + size)];
    }
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
  }
}

const text = (field: Uint8Array): string => new TextDecoder().decode(field).split('\0', 1)[0];

function octal(field: Uint8Array): number {
  const digits = text(field).trim();
  if (!/^[0-7]+$/.test(digits)) throw malformed('the archive has a broken header');
  return Number.parseInt(digits, 8);
}

function malformed(why: string): ModelError {
  return new ModelError('voice-malformed', why);
}
