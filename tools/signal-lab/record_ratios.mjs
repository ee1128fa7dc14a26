// Marks clips with the real encoder, sends them through rows of the channel matrix and keeps the ratios of every coded bit, times the bit
// sent: what simulate_frames.mjs lays frames of any kind over.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandLine } from '../../scripts/command-line.mjs';

const bench = new URL('../../test/bench/', import.meta.url);
const from = (path) => import(new URL(path, bench));
const { loadClips, RATE, voicedFrames } = await from('clips.mjs');
const { bestSlots, carriedBits, heardSlots } = await from('channels/hear.mjs');
const { markAndKeep } = await from('channels/marked.mjs');
const { chance } = await from('channels/room.mjs');
const { ROWS } = await from('channels/rows.mjs');
const { SlotLog } = await import(new URL('../../packages/encoder/dist/slot-log.js', import.meta.url));

const USAGE = `node tools/signal-lab/record_ratios.mjs CLIPS OUT_DIR SECONDS PER_VOICE ROW,ROW… [VOICE]      (after npm run build)
ROW is one of npm run bench:channels -- --list; without VOICE all of CLIPS are taken.`;
const [folder, out, seconds, perVoice, names, only] = commandLine(USAGE, {}, [5, 6]).operands;
mkdirSync(out, { recursive: true });
const clips = await loadClips(folder, Number(seconds), Number(perVoice));
const FRAMES_PER_SLOT = 32;

/** Marks a clip; the self-check's ratios of its own mark come with it. */
function markAndListen(samples) {
  const own = [];
  const { frame } = SlotLog.prototype;
  SlotLog.prototype.frame = function (n, llr) {
    own[n] = [...llr];
    return frame.call(this, n, llr);
  };
  try {
    return { ...markAndKeep(samples, 'frame', 1), own };
  } finally {
    SlotLog.prototype.frame = frame;
  }
}

for (const [n, { voice, samples }] of clips.entries()) {
  const file = join(out, `${voice}-${n}.json`);
  if (existsSync(file) || (only && voice !== only)) continue;
  const call = markAndListen(samples);
  const frames = Math.floor(samples.length / (RATE * 0.08));
  const agree = (read) =>
    Array.from({ length: frames * 4 }, (_, i) =>
      Number(((read(i >> 2, i & 3) ?? 0) * (call.coded[i >> 2]?.[i & 3] ?? 0)).toFixed(3)),
    );
  const others = [1, 2, 3].map((k) => ({ unmarked: clips[(n + k) % clips.length].samples }));
  const rows = {};
  for (const name of names.split(',')) {
    const source = chance([...name].reduce((a, c) => Math.imul(a, 31) + c.charCodeAt(0), n + 1));
    const heard = await ROWS.find((r) => r.name === name).run(call.samples, { source, others, seed: n + 1 });
    const best = bestSlots(heardSlots(heard));
    rows[name] = agree((f, b) => best.get(Math.floor(f / FRAMES_PER_SLOT))?.[(f % FRAMES_PER_SLOT) * 4 + b]);
  }
  const voiced = voicedFrames(samples, RATE).filter(Boolean).length * 0.08;
  const own = agree((f, b) => call.own[f]?.[b]);
  writeFileSync(
    file,
    JSON.stringify({
      voice,
      voiced,
      carried: carriedBits(samples)
        .slice(0, frames * 4)
        .map(Number),
      own,
      rows,
    }),
  );
  console.log(voice, n);
}
