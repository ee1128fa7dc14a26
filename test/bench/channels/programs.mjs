// Codecs that are programs of their own: ffmpeg, sox, and Python for G.729. Sound goes in and comes out as 16-bit PCM.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { resample } from '../../../packages/audio/dist/pcm/index.js';

/** The virtual environment of tools/peers, whose ffmpeg knows AMR. */
export const PEERS = fileURLToPath(new URL('../../../tools/peers/', import.meta.url));

/** Files of this run, of all its threads; gone when it ends. */
const SCRATCH = join(tmpdir(), `undertone-channels-${process.pid}`);
export function scratchFolder() {
  mkdirSync(SCRATCH, { recursive: true });
  return mkdtempSync(join(SCRATCH, 'task-'));
}
export const removeScratch = () => rmSync(SCRATCH, { recursive: true, force: true });

/** Most seconds that a program may take for a clip: each needs a few, on a busy machine some tens. */
const PROGRAM_SECONDS = 120;

const answers = (program, args) => {
  const { status, stdout } = spawnSync(program, args, { encoding: 'utf8', maxBuffer: 1 << 24, timeout: PROGRAM_SECONDS * 1000 });
  return status === 0 ? stdout : null;
};

let known;
/** Every ffmpeg at hand with the encoders and filters that it was built with. */
function ffmpegs() {
  if (known) return known;
  const own = join(PEERS, 'venv/lib');
  const folders = existsSync(own) ? readdirSync(own).map((p) => join(own, p, 'site-packages/imageio_ffmpeg/binaries')) : [];
  const bundled = folders
    .filter(existsSync)
    .flatMap((d) => readdirSync(d).flatMap((n) => (n.startsWith('ffmpeg') ? [join(d, n)] : [])));
  known = [...(process.env.UNDERTONE_FFMPEG?.split(':') ?? []), 'ffmpeg', ...bundled].flatMap((program) => {
    const encoders = answers(program, ['-v', 'quiet', '-encoders']);
    return encoders === null ? [] : [{ program, knows: encoders + answers(program, ['-v', 'quiet', '-filters']) }];
  });
  return known;
}
const ffmpegWith = (feature) => ffmpegs().find(({ knows }) => !feature || new RegExp(`\\s${feature}\\s`).test(knows))?.program;

let soxAnswer;
const soxKnows = (format) => {
  soxAnswer ??= answers('sox', ['--help']) ?? '';
  return new RegExp(`AUDIO FILE FORMATS:.*\\s${format}\\s`).test(soxAnswer);
};

let g729;
const g729Answers = () => {
  g729 ??= answers('python3', [join(PEERS, 'g729.py'), '--check']) !== null;
  return g729;
};

/** Whether what a row needs is at hand: `ffmpeg:FEATURE`, `sox:FORMAT` or `g729`. */
export function atHand(need) {
  const [kind, feature] = need.split(':');
  if (kind === 'ffmpeg') return ffmpegWith(feature) !== undefined;
  return kind === 'sox' ? soxKnows(feature) : g729Answers();
}

const pcm = (x) => Buffer.from(Int16Array.from(x, (v) => Math.max(-32768, Math.min(32767, Math.round(v * 32768)))).buffer);
const fromPcm = (b) =>
  Float32Array.from(new Int16Array(b.buffer.slice(b.byteOffset, b.byteOffset + (b.length & ~1))), (v) => v / 32768);

/**
 * What a program writes on standard output, its input all given at once. A program that does not end is stopped, and its end not waited for.
 * @param expected exit statuses that mean it did what it should
 * @throws Error that names the program
 */
export function run(program, args, input = null, expected = [0]) {
  const name = basename(program);
  return new Promise((resolve, reject) => {
    const child = spawn(program, args.map(String), { stdio: [input ? 'pipe' : 'ignore', 'pipe', 'pipe'] });
    const [out, said] = [[], []];
    const fail = (why) => {
      clearTimeout(limit);
      reject(new Error(`${name} ${why}`));
    };
    const limit = setTimeout(() => {
      child.kill('SIGKILL');
      fail(`did not end in ${PROGRAM_SECONDS} s and was stopped`);
    }, PROGRAM_SECONDS * 1000);
    child.on('error', (error) => fail(`did not start: ${error.code}`));
    child.stdout.on('data', (part) => out.push(part));
    child.stderr.on('data', (part) => said.push(part));
    child.on('close', (status, signal) => {
      clearTimeout(limit);
      if (expected.includes(status)) resolve(Buffer.concat(out));
      else fail(`ended with ${signal ?? status}: ${Buffer.concat(said).toString().trim().split('\n').at(-1)}`);
    });
    // A program that ended early no longer reads; its status says why.
    child.stdin?.on('error', () => {}).end(input);
  });
}
const QUIET = ['-v', 'error', '-nostdin', '-threads', 1];
const raw = (rate) => ['-f', 's16le', '-ar', rate, '-ac', 1];

/**
 * Encodes with ffmpeg and decodes again.
 * @param feature encoder that ffmpeg needs
 * @param options its arguments, with `-ar` where the codec wants a rate
 */
export async function throughFfmpeg(x, rate, feature, options, container, outRate = rate) {
  const program = ffmpegWith(feature);
  const folder = scratchFolder();
  try {
    const file = join(folder, `sound.${container}`);
    await run(program, [...QUIET, ...raw(rate), '-i', '-', ...options.split(' '), '-c:a', feature, file], pcm(x));
    return fromPcm(await run(program, [...QUIET, '-i', file, ...raw(outRate), '-']));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A filter of ffmpeg. */
export async function ffmpegFilter(x, rate, feature, filter) {
  return fromPcm(await run(ffmpegWith(feature), [...QUIET, ...raw(rate), '-i', '-', '-af', filter, ...raw(rate), '-'], pcm(x)));
}

/** Encodes at 8 kHz with sox and decodes again. */
export async function throughSox(x, rate, format, options = []) {
  const stream = ['-t', 'raw', '-r', 8000, '-e', 'signed', '-b', 16, '-c', 1];
  const coded = await run('sox', ['-D', ...stream, '-', ...options, '-t', format, '-'], pcm(resample(x, rate, 8000)));
  return fromPcm(await run('sox', ['-D', '-t', format, '-r', 8000, '-', ...stream, '-'], coded));
}

/** G.729 at 8 kHz, 8 kbit/s. */
export async function throughG729(x, rate) {
  return fromPcm(await run('python3', [join(PEERS, 'g729.py')], pcm(resample(x, rate, 8000))));
}

/** Writes a sound as a WAV file with 16 bits. */
export function writeWav(path, x, rate) {
  const data = pcm(x);
  const header = Buffer.alloc(44);
  header.write('RIFF', 0);
  header.writeUInt32LE(36 + data.length, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(rate, 24);
  header.writeUInt32LE(2 * rate, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36);
  header.writeUInt32LE(data.length, 40);
  writeFileSync(path, Buffer.concat([header, data]));
}
