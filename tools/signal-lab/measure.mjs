// Marks recordings with random bits by the real encoder path, sends them through real channels and reads them with the receiver.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { commandLine } from '../../scripts/command-line.mjs';

const USAGE = `node tools/signal-lab/measure.mjs SIGNAL_MODULE OUT_DIR frame|20ms SECONDS CHANNEL,CHANNEL… RECORDING.wav …
Writes OUT_DIR/NAME.wav (marked, 16 kHz) and prints, per channel, the information of the coded bits that speech carried (bits per coded bit)
and the bit-error rate. Channels: ulaw, mp3, g722, opus24, opus16, opus12, gsm, speex, amr, noise20, noise10, talker, reverb, loss5.
ffmpeg, and sox for amr, are on the path.`;
const [module, out, lookahead, seconds, channelNames, ...files] = commandLine(USAGE, {}, [6, Number.POSITIVE_INFINITY]).operands;
const s = await import(resolve(module));
const chips = s.makeChips();
const RATE = 16000;

let seed = 1;
const random = () => {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return seed / 2 ** 32;
};
const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

const read = (file) => {
  const b = readFileSync(file);
  const start = b.indexOf('data') + 8;
  return Float32Array.from(
    new Int16Array(b.buffer.slice(b.byteOffset + start, b.byteOffset + b.length - ((b.length - start) % 2))),
    (v) => v / 32768,
  );
};
const pcm = (x) => Buffer.from(Int16Array.from(x, (v) => Math.max(-32768, Math.min(32767, Math.round(v * 32768)))).buffer);
const fromPcm = (b) =>
  Float32Array.from(new Int16Array(b.buffer.slice(b.byteOffset, b.byteOffset + b.byteLength)), (v) => v / 32768);
const rms = (x) => Math.sqrt(x.reduce((a, v) => a + v * v, 0) / x.length);
const ff = (args, input) => execFileSync('ffmpeg', ['-v', 'error', '-threads', '1', ...args], { input, maxBuffer: 1 << 28 });
const raw = (rate) => ['-f', 's16le', '-ar', `${rate}`, '-ac', '1'];
const codec = (args, kind) => (x) => {
  const dir = mkdtempSync(join(tmpdir(), 'measure-'));
  const file = join(dir, `a.${kind}`);
  ff([...raw(RATE), '-i', '-', ...args.split(' '), file], pcm(x));
  const y = fromPcm(ff(['-i', file, ...raw(8000), '-']));
  rmSync(dir, { recursive: true });
  return y;
};
const sox = (args) => (x) => {
  const narrow = execFileSync(
    'sox',
    ['-t', 'raw', '-r', RATE, '-e', 'signed', '-b', 16, '-c', 1, '-', '-r', 8000, ...args.split(' '), '-t', 'amr-nb', '-'].map(
      String,
    ),
    { input: pcm(x), maxBuffer: 1 << 28 },
  );
  return fromPcm(
    execFileSync('sox', ['-t', 'amr-nb', '-', '-t', 'raw', '-e', 'signed', '-b', '16', '-'], {
      input: narrow,
      maxBuffer: 1 << 28,
    }),
  );
};
const narrow = (x) => fromPcm(ff([...raw(RATE), '-i', '-', ...raw(8000), '-'], pcm(x)));
const opus = (rate, more = '') => codec(`-ar 24000 -c:a libopus -application voip -b:a ${rate}k${more}`, 'opus');
let others = [];
const channels = {
  ulaw: (x) =>
    fromPcm(
      ff(
        ['-f', 'mulaw', '-ar', '8000', '-i', '-', ...raw(8000), '-'],
        ff([...raw(RATE), '-i', '-', '-ar', '8000', '-f', 'mulaw', '-'], pcm(x)),
      ),
    ),
  mp3: codec('-ar 24000 -c:a libmp3lame -b:a 32k', 'mp3'),
  g722: codec('-c:a g722', 'g722'),
  opus24: opus(24),
  opus16: opus(16),
  opus12: opus(12),
  gsm: codec('-ar 8000 -c:a libgsm', 'gsm'),
  speex: codec('-ar 8000 -c:a libspeex -b:a 11k', 'ogg'),
  amr: sox('-C 7'),
  noise20: (x) => noisy(x, 20),
  noise10: (x) => noisy(x, 10),
  talker: (x) => {
    const y = narrow(x);
    const z = narrow(others);
    const gain = (rms(y) / rms(z)) * 10 ** (-6 / 20);
    return y.map((v, i) => v + gain * (z[i] ?? 0));
  },
  reverb: (x) => {
    const y = narrow(x);
    const h = Float32Array.from({ length: 2400 }, (_, i) => (i === 0 ? 1 : 0.12 * normal() * Math.exp((-6.9 * i) / 8000 / 0.35)));
    const z = new Float32Array(y.length);
    for (let k = 0; k < h.length; k++) for (let i = k; i < y.length; i++) z[i] += h[k] * y[i - k];
    return z;
  },
  loss5: (x) => {
    const y = narrow(x);
    for (let at = 160; at + 160 <= y.length; at += 160)
      if (random() < 0.05) for (let i = at; i < at + 160; i++) y[i] = 0.7 * y[i - 160];
    return y;
  },
};
const noisy = (x, db) => {
  const y = narrow(x);
  const e = rms(y) * 10 ** (-db / 20);
  return y.map((v) => v + e * normal());
};

/** The encoder's path (packages/encoder) with bits of our own. */
function mark(x, bits) {
  const down = s.toCoreRate(RATE);
  const up = s.fromCoreRate(RATE);
  const embedder = new s.Embedder(chips, lookahead, bits);
  const tail = new Float32Array(RATE);
  const delta = [x, tail].flatMap((part) => [...up.process(embedder.push(down.process(part)))]);
  return x.map((v, i) => Math.max(-1, Math.min(1, v + (delta[i] ?? 0))));
}

/** [frames × 4] 1 where speech carries the coded bit: more than two of its cells are marked. */
function carried(x) {
  const rows = [];
  let hop = 0;
  new s.HopAnalyzer().push(s.toCoreRate(RATE).process(x), (power) => {
    if (hop++ % 4 === 0) rows.push(new Float32Array(8));
    for (let b = 0; b < 8; b++) rows.at(-1)[b] += power[b];
  });
  let top = -Infinity;
  const cells = [];
  rows.forEach((row, t) => {
    const db = row.map(s.levelDb);
    top = Math.max(top - 0.02, ...db);
    for (let b = 0; b < 8; b++) {
      const c = ((t % s.TILES_PER_SLOT) * 8 + b) | 0;
      const i = Math.floor(t / 4) * 4 + chips.bit[c];
      cells[i] = (cells[i] ?? 0) + (db[b] > Math.max(top - 45, -55) + 6 ? 1 : 0);
    }
  });
  return cells.map((n) => (n > 2 ? 1 : 0));
}

function hear(y, bits, carries) {
  const receiver = new s.Receiver([0]);
  // Of several tracks the one that says more is believed, slot by slot.
  const heard = new Map();
  const strength = (llr) => llr.reduce((a, l) => a + Math.abs(l), 0);
  const onSlot = ({ startSeconds, llr }) => {
    const index = Math.round(startSeconds / 2.56);
    if (Math.abs(startSeconds / 2.56 - index) > 0.16) return;
    if (!heard.has(index) || strength(heard.get(index)) < strength(llr)) heard.set(index, llr);
  };
  receiver.push(y, onSlot);
  receiver.finish(onSlot);
  return carries.flatMap((c, k) => (c ? [(heard.get(k >> 7)?.[k & 127] ?? 0) * bits(k >> 2)[k & 3]] : []));
}

const information = (v) =>
  Math.max(
    ...[0.5, 0.7, 0.85, 1, 1.2, 1.5].map((k) => v.reduce((a, l) => a + 1 - Math.log2(1 + Math.exp(-k * l)), 0) / v.length),
  );

mkdirSync(out, { recursive: true });
const all = {};
const clips = files.map((f) => read(f).subarray(0, Number(seconds) * RATE));
clips.forEach((x, n) => {
  seed = 7 + n;
  const table = Array.from({ length: Math.ceil(Number(seconds) / 0.08) + 40 }, () =>
    Int8Array.from({ length: 4 }, () => (random() < 0.5 ? 1 : -1)),
  );
  const bits = (frame) => table[frame];
  const marked = mark(x, bits);
  const header = Buffer.alloc(44);
  header.write('RIFF', 0);
  header.writeUInt32LE(36 + 2 * marked.length, 4);
  header.write('WAVEfmt ', 8);
  for (const [at, v] of [
    [16, 16],
    [24, RATE],
    [28, 2 * RATE],
    [40, 2 * marked.length],
  ])
    header.writeUInt32LE(v, at);
  for (const [at, v] of [
    [20, 1],
    [22, 1],
    [32, 2],
    [34, 16],
  ])
    header.writeUInt16LE(v, at);
  header.write('data', 36);
  const name = basename(files[n], '.wav');
  writeFileSync(join(out, `${name}.wav`), Buffer.concat([header, pcm(marked)]));
  const carries = carried(x);
  others = clips[(n + 1) % clips.length];
  const row = [];
  for (const c of channelNames.split(',').filter(Boolean)) {
    const v = hear(channels[c](marked), bits, carries.slice(0, Math.floor(x.length / 1280) * 4));
    all[c] = [...(all[c] ?? []), ...v];
    row.push(`${c} ${information(v).toFixed(3)}`);
  }
  console.log(name, row.join(' '));
});
for (const [c, v] of Object.entries(all))
  console.log(
    `all ${c}: ${information(v).toFixed(3)} bit per coded bit, errors ${(v.filter((l) => l < 0).length / v.length).toFixed(3)}`,
  );
