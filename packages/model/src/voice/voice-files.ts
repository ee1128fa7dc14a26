/** Where voice files lie: a folder of them, or the archive `voices.tgz` as it is published, which is read without being unpacked. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { ModelError } from '../errors.ts';

/** `.pt` as saved while the voice was being heard, `.wav` the voice itself. Of one name the saved one is taken: it was made from the other. */
const FORMS = { saved: '.pt', sound: '.wav' } as const;
const VOICE_LIMIT = 64 * 1024 * 1024;
const ARCHIVE_LIMIT = 512 * 1024 * 1024;
const BLOCK = 512;

export interface VoiceFile {
  readonly form: keyof typeof FORMS;
  readonly content: () => Uint8Array;
}
/** Voice files by name, without its ending. */
export type VoiceFiles = ReadonlyMap<string, VoiceFile>;

/** @throws ModelError `voice-malformed` when the archive is none */
export function voiceFiles(path: string | null): VoiceFiles {
  if (path === null) return new Map();
  if (statSync(path).isDirectory()) {
    const files = readdirSync(path).filter((name) => statSync(join(path, name)).isFile());
    return byName(files.map((name) => [name, () => readBounded(join(path, name))]));
  }
  return byName([...readTar(unzip(path))].map(([name, bytes]) => [name, () => bytes]));
}

/** The name of a voice without the ending of its file. */
export function voiceName(file: string): string {
  const ending = Object.values(FORMS).find((e) => file.endsWith(e));
  return ending ? file.slice(0, -ending.length) : file;
}

function byName(files: readonly (readonly [path: string, content: () => Uint8Array])[]): VoiceFiles {
  const of = (form: keyof typeof FORMS): [string, VoiceFile][] =>
    files
      .map(([path, content]) => [basename(path), content] as const)
      .filter(([name]) => name.endsWith(FORMS[form]) && !name.startsWith('.'))
      .map(([name, content]) => [voiceName(name), { form, content }]);
  return new Map([...of('sound'), ...of('saved')]);
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
