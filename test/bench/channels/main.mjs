// npm run bench:channels -- [--clips DIR] [--channels a,b] [--modes frame,20ms] [--peers a,b] [--seconds N] [--per-voice N] [--jobs N]
//                           [--json FILE] [--html FILE] [--fresh] [--list]
// The channel matrix. Results are kept clip by clip as they come: an interrupted run goes on where it stopped.
import { writeFile } from 'node:fs/promises';
import { availableParallelism, cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { loadClips } from '../clips.mjs';
import { inParallel } from '../parallel.mjs';
import { page } from './page.mjs';
import { peersAtHand } from './peers.mjs';
import { atHand } from './programs.mjs';
import { Results } from './results.mjs';
import { NOT_RUN, ROWS } from './rows.mjs';
import { bars, qualityBars, summarise } from './summary.mjs';

const { values } = parseArgs({
  options: {
    clips: { type: 'string' },
    channels: { type: 'string' },
    modes: { type: 'string', default: 'frame,20ms' },
    peers: { type: 'string' },
    seconds: { type: 'string', default: '60' },
    'per-voice': { type: 'string' },
    jobs: { type: 'string' },
    json: { type: 'string' },
    html: { type: 'string' },
    fresh: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
  },
});

function chosenRows() {
  const names = values.channels?.split(',') ?? ROWS.map((r) => r.name);
  return names.map((name) => {
    const row = ROWS.find((r) => r.name === name);
    if (!row) throw new Error(`there is no channel ${name}; --list names them`);
    return row;
  });
}

if (values.list) {
  for (const { group, name, title, needs } of ROWS)
    console.log(
      `${group.padEnd(14)} ${name.padEnd(22)} ${title}${needs.every(atHand) ? '' : ` (not here: needs ${needs.join(', ')})`}`,
    );
  process.exit(0);
}

const wanted = chosenRows();
const rows = wanted.filter((r) => r.needs.every(atHand));
const missing = wanted.filter((r) => !rows.includes(r)).map((r) => [`${r.name}: ${r.title}`, `needs ${r.needs.join(', ')}`]);
const folder = values.clips ?? null;
const seconds = Number(values.seconds);
const perVoice = values['per-voice'] ? Number(values['per-voice']) : Number.POSITIVE_INFINITY;
const clips = await loadClips(folder, seconds, perVoice);
if (clips.length === 0) throw new Error('there are no clips of that length; give --seconds fewer');
const peers = await peersAtHand(values.peers?.split(','));
const ours = values.modes.split(',');
const modes = [...ours, ...peers.present];

const results = await Results.open(clips, { seconds, fresh: values.fresh });
// The peers' quality comes first: it makes their marked clips, which every worker then finds.
const tasks = [
  ...peers.present.flatMap((mode) => clips.map((_, clip) => ({ row: 'quality', clip, mode }))),
  ...modes.flatMap((mode) => clips.flatMap((_, clip) => rows.map((r) => ({ row: r.name, clip, mode })))),
  ...ours.flatMap((mode) => clips.map((_, clip) => ({ row: 'quality', clip, mode }))),
];
const waiting = tasks.filter((t) => !results.has(t) && (t.row !== 'quality' || peers.quality));
await inParallel(
  new URL('./worker.mjs', import.meta.url),
  waiting,
  { folder, seconds, perVoice },
  (task, result) => results.keep(task, result),
  {
    jobs: Number(values.jobs ?? availableParallelism()),
    kept: tasks.length - waiting.length,
    stopped: 'results are kept; run it again to go on.',
  },
);

const of = (row, mode) => clips.flatMap((_, clip) => results.get({ row, clip, mode }) ?? []);
const table = rows.map(({ group, name, title, bar }) => ({
  group,
  name,
  title,
  bar,
  ...Object.fromEntries(
    modes.map((mode) => [
      mode === '20ms' ? 'twentyMs' : mode,
      peers.present.includes(mode) ? peers.summarise(of(name, mode)) : summarise(of(name, mode)),
    ]),
  ),
}));
const quality = Object.fromEntries(
  modes.flatMap((mode) => {
    const all = of('quality', mode).filter((q) => !q.failed);
    const mean = (key) => all.reduce((a, q) => a + q[key], 0) / all.length;
    return all.length ? [[mode, { clips: all.length, pesq: mean('pesq'), visqol: mean('visqol'), snrDb: mean('snrDb') }]] : [];
  }),
);
const result = {
  date: new Date().toISOString().slice(0, 10),
  node: process.version,
  cpu: cpus()[0].model,
  clips: clips.map((c) => c.voice),
  clipSeconds: clips[0].samples.length / 16000,
  quality,
  bars: [...bars(table), ...qualityBars(quality.frame)],
  rows: table,
  notRun: [...missing, ...peers.missing, ...NOT_RUN],
};
const text = JSON.stringify(
  result,
  (_, v) => (typeof v === 'number' ? (Number.isFinite(v) ? Math.round(v * 1e4) / 1e4 : String(v)) : v),
  1,
);
if (values.json) await writeFile(values.json, `${text}\n`);
if (values.html) await writeFile(values.html, page(JSON.parse(text)));
const number = (v, digits = 1) => (Number.isFinite(v) ? v.toFixed(digits) : '–');
for (const { name, frame } of table)
  if (frame?.clips)
    console.log(
      `${name.padEnd(22)} ${number(frame.bitsPerVoicedSecond)} bit/s  frames ${number(frame.frameSuccess, 2)}  errors ${number(frame.codedBitErrors, 3)}  information ${number(frame.informationPerCodedBit, 2)}  locator ${number(frame.locatorVoicedSeconds.median)} s (${number(frame.locatorsFound, 2)} found)  present ${number(frame.presenceVoicedSeconds.median)} s`,
    );
for (const [mode, q] of Object.entries(quality))
  console.log(`quality, ${mode}: PESQ-WB ${number(q.pesq, 2)}, ViSQOL ${number(q.visqol, 2)}, SNR ${number(q.snrDb)} dB`);
for (const b of result.bars)
  console.log(`${b.verdict.padEnd(18)} ${b.what}: ${number(b.value, 2)} ${b.unit} (bar ${b.must}, goal ${b.goFor})`);
for (const [what, why] of result.notRun) console.log(`not run: ${what} – ${why}`);
