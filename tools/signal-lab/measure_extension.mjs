// What an extension layer above 4.7 kHz could bring: the core's own machinery on the mirrored upper half band of 16 kHz sound (8000 Hz − f),
// with the same coded bits under other chips. Prints the information of core, extension and both, bits per second of sound, after real codecs.
// usage: node tools/signal-lab/measure_extension.mjs OUT_DIR SECONDS CLIP…      (after npm run build; ffmpeg on the path)
// OUT_DIR/{original,core,both}/NAME.wav are for quality.py.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, extname, join } from 'node:path';
import * as s from '../../packages/signal/dist/index.js';

const { Grids } = await import(new URL('../../packages/signal/dist/grids.js', import.meta.url));
const [out, seconds, ...files] = process.argv.slice(2);
const RATE = 16000;
const FRAME = RATE * 0.08;
const HOPS_PER_FRAME = 16;
/** Weights of the extension beside the core: the best of them is what a receiver that knows its channel gets. */
const WEIGHTS = [0.3, 0.5, 0.7, 1];

const ff = (args, input) => execFileSync('ffmpeg', ['-v', 'error', '-threads', '1', ...args], { input, maxBuffer: 1 << 28 });
const raw = ['-f', 's16le', '-ar', `${RATE}`, '-ac', '1'];
const pcm = (x) => Buffer.from(Int16Array.from(x, (v) => Math.max(-32768, Math.min(32767, Math.round(v * 32768)))).buffer);
const fromPcm = (b) =>
  Float32Array.from(new Int16Array(b.buffer.slice(b.byteOffset, b.byteOffset + b.byteLength)), (v) => v / 32768);
const mirrored = (x) => x.map((v, i) => (i & 1 ? -v : v));

function opus(x, kbps) {
  const folder = mkdtempSync(join(tmpdir(), 'extension-'));
  const file = join(folder, 'sound.opus');
  ff([...raw, '-i', '-', '-ar', '24000', '-c:a', 'libopus', '-application', 'voip', '-b:a', `${kbps}k`, file], pcm(x));
  const y = fromPcm(ff(['-i', file, ...raw, '-']));
  rmSync(folder, { recursive: true });
  return y;
}
const channels = {
  clean: (x) => x,
  'opus 32k': (x) => opus(x, 32),
  'opus 24k': (x) => opus(x, 24),
  'opus 16k': (x) => opus(x, 16),
};

/** What the embedder adds to a sound. */
function difference(x, chips, bits) {
  const down = s.toCoreRate(RATE);
  const up = s.fromCoreRate(RATE);
  const embedder = new s.Embedder(chips, 'frame', bits);
  const delta = [x, new Float32Array(RATE)].flatMap((part) => [...up.process(embedder.push(down.process(part)))]);
  return x.map((_, i) => delta[i] ?? 0);
}

/** Sums of soft cells by coded bit, times the bit sent, for slots that begin `lag` hops late. */
function read(x, chips, frames, lag, sent) {
  const grids = new Grids();
  const core = s.toCoreRate(RATE).process(x);
  const padded = new Float32Array(core.length + 2 * s.CORE_RATE);
  padded.set(core);
  const sums = new Float32Array(frames * 4);
  let done = 0;
  for (let at = 0; at < padded.length; at += 4 * s.FRAME) {
    grids.push(padded.subarray(at, at + 4 * s.FRAME), () => {});
    for (; done < frames && (done + 1) * HOPS_PER_FRAME + lag <= grids.readHops; done++)
      if (done * HOPS_PER_FRAME + lag >= 0)
        grids.addFrame(chips, done * HOPS_PER_FRAME + lag, done % s.FRAMES_PER_SLOT, sums, done * 4);
  }
  return sums.map((v, i) => v * sent[i]);
}

const total = (v) => v.reduce((a, x) => a + x, 0);
/** Bits that soft values (positive: right) carry, at the best scale. */
const information = (v) =>
  Math.max(
    ...[0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.85, 1, 1.3].map((k) =>
      total(v.map((l) => 1 - Math.log2(1 + Math.exp(-Math.max(-50, Math.min(50, k * l)))))),
    ),
  );
const best = (tries) => tries.reduce((a, b) => (total(b) > total(a) ? b : a));

const wav = (kind, name, x) => {
  mkdirSync(join(out, kind), { recursive: true });
  writeFileSync(join(out, kind, `${name}.wav`), ff([...raw, '-i', '-', '-f', 'wav', '-'], pcm(x)));
};
const means = new Map();
for (const [n, file] of files.entries()) {
  const x = fromPcm(ff(['-t', seconds, '-i', file, ...raw, '-']));
  const frames = Math.floor(x.length / FRAME);
  let state = n + 1;
  const sent = Float32Array.from({ length: (frames + 40) * 4 }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 31 ? 1 : -1;
  });
  const bits = (frame) => Int8Array.from(sent.subarray(frame * 4, frame * 4 + 4));
  const [coreChips, upperChips] = [s.makeChips(0), s.makeChips(1)];
  const core = difference(x, coreChips, bits);
  const upper = mirrored(difference(mirrored(x), upperChips, bits));
  const marked = x.map((v, i) => v + core[i] + upper[i]);
  const name = basename(file, extname(file));
  wav('original', name, x);
  wav(
    'core',
    name,
    x.map((v, i) => v + core[i]),
  );
  wav('both', name, marked);
  for (const [channel, through] of Object.entries(channels)) {
    const y = through(marked);
    const lags = [-3, -2, -1, 0, 1, 2, 3];
    const a = best(lags.map((lag) => read(y, coreChips, frames, lag, sent)));
    const b = best(lags.map((lag) => read(mirrored(y), upperChips, frames, lag, sent)));
    const both = Math.max(...WEIGHTS.map((w) => information(a.map((v, i) => v + w * b[i]))));
    const row = [information(a), information(b), both].map((v) => v / (frames * 0.08));
    means.set(
      channel,
      (means.get(channel) ?? [0, 0, 0]).map((v, i) => v + row[i] / files.length),
    );
    console.log(`${name.padEnd(20)} ${channel.padEnd(9)} ${row.map((v) => v.toFixed(1)).join('  ')}`);
  }
}
for (const [channel, [core, upper, both]] of means)
  console.log(
    `mean ${channel.padEnd(9)} core ${core.toFixed(1)}, extension ${upper.toFixed(1)}, both ${both.toFixed(1)} bit/s: ${(both / core).toFixed(2)} times the core`,
  );
