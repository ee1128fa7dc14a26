// Codecs that are programs of their own: ffmpeg, sox, and Python for G.729. Sound goes in and comes out as 16-bit PCM.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { resample } from '../../../packages/audio/dist/pcm/index.js';

/** The virtual environment of tools/peers, whose ffmpeg knows AMR. */
export const PEERS = fileURLToPath(new URL('../../../tools/peers/', import.meta.url));

const answers = (program, args) => {
  const { status, stdout } = spawnSync(program, args, { encoding: 'utf8', maxBuffer: 1 << 24 });
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
const run = (program, args, input) =>
  execFileSync(program, args.map(String), { input, maxBuffer: 1 << 29, stdio: ['pipe', 'pipe', 'ignore'] });
const raw = (rate) => ['-f', 's16le', '-ar', rate, '-ac', 1];

/**
 * Encodes with ffmpeg and decodes again.
 * @param feature encoder that ffmpeg needs
 * @param options its arguments, with `-ar` where the codec wants a rate
 */
export function throughFfmpeg(x, rate, feature, options, container, outRate = rate) {
  const program = ffmpegWith(feature);
  const folder = mkdtempSync(join(tmpdir(), 'undertone-channel-'));
  try {
    const file = join(folder, `sound.${container}`);
    const quiet = ['-v', 'error', '-threads', 1];
    run(program, [...quiet, ...raw(rate), '-i', '-', ...options.split(' '), '-c:a', feature, file], pcm(x));
    return fromPcm(run(program, [...quiet, '-i', file, ...raw(outRate), '-'], ''));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A filter of ffmpeg. */
export function ffmpegFilter(x, rate, feature, filter) {
  return fromPcm(run(ffmpegWith(feature), ['-v', 'error', ...raw(rate), '-i', '-', '-af', filter, ...raw(rate), '-'], pcm(x)));
}

/** Encodes at 8 kHz with sox and decodes again. */
export function throughSox(x, rate, format, options = []) {
  const stream = ['-t', 'raw', '-r', 8000, '-e', 'signed', '-b', 16, '-c', 1];
  const coded = run('sox', ['-D', ...stream, '-', ...options, '-t', format, '-'], pcm(resample(x, rate, 8000)));
  return fromPcm(run('sox', ['-D', '-t', format, '-r', 8000, '-', ...stream, '-'], coded));
}

/** G.729 at 8 kHz, 8 kbit/s. */
export function throughG729(x, rate) {
  return fromPcm(run('python3', [join(PEERS, 'g729.py')], pcm(resample(x, rate, 8000))));
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
