// npm run bench:channels: the channel matrix. Results are kept clip by clip as they come: an interrupted run goes on where it stopped, and
// what fails is said at the end and tried again next time.
import { writeFile } from 'node:fs/promises';
import { availableParallelism, cpus } from 'node:os';
import { commandLine, flag, list, number, refuse, text } from '../../../scripts/command-line.mjs';
import { loadClips } from '../clips.mjs';
import { inParallel } from '../parallel.mjs';
import { page } from './page.mjs';
import { PEER_NAMES, peersAtHand } from './peers.mjs';
import { atHand, removeScratch } from './programs.mjs';
import { Results } from './results.mjs';
import { NOT_RUN, ROWS } from './rows.mjs';
import { bars, qualityBars, summarise } from './summary.mjs';

const USAGE = `npm run bench:channels -- [options]
  --clips DIR       audio files, clips of one voice named alike up to their number (default: the test fixtures)
  --seconds N       length of a clip (60)
  --per-voice N     most clips of one voice (all)
  --channels a,b    only these rows (--list names them)
  --modes a,b       frame, 20ms, and either with frames so many times longer, as in frame*1.5 (frame,20ms)
  --peers a,b       other watermarks beside ours: ${PEER_NAMES.join(', ')} (none)
  --jobs N          default: all cores
  --fresh           forgets what an earlier run kept
  --list            the rows, without running them
  --json FILE       all rows
  --html FILE       a page with plots`;

const { values } = commandLine(USAGE, {
  clips: text(null),
  seconds: number(60),
  'per-voice': number(Number.POSITIVE_INFINITY),
  channels: list(ROWS.map((r) => r.name)),
  modes: list(['frame', '20ms']),
  peers: list(),
  jobs: number(availableParallelism()),
  fresh: flag(),
  list: flag(),
  json: text(),
  html: text(),
});

if (values.list) {
  for (const { group, name, title, needs } of ROWS)
    console.log(
      `${group.padEnd(14)} ${name.padEnd(22)} ${title}${needs.every(atHand) ? '' : ` (not here: needs ${needs.join(', ')})`}`,
    );
  process.exit(0);
}

const wanted = values.channels.map((name) => ROWS.find((r) => r.name === name) ?? refuse(`There is no channel ${name}`));
const rows = wanted.filter((r) => r.needs.every(atHand));
const missing = wanted.filter((r) => !rows.includes(r)).map((r) => [`${r.name}: ${r.title}`, `needs ${r.needs.join(', ')}`]);
const { clips: folder, seconds, 'per-voice': perVoice, modes: ours } = values;
const clips = await loadClips(folder, seconds, perVoice);
if (clips.length === 0) refuse('There are no clips of that length');
const peers = await peersAtHand(values.peers);
const modes = [...ours, ...peers.present];

/** Most seconds for one clip on its way through one row: AWARE marks a clip in some minutes, everything else takes seconds. */
const TASK_SECONDS = 900;

process.on('exit', removeScratch);
const results = await Results.open(clips, { seconds, fresh: values.fresh });
// The peers' quality comes first: it makes their marked clips, which every worker then finds.
const tasks = [
  ...peers.present.flatMap((mode) => clips.map((_, clip) => ({ row: 'quality', clip, mode }))),
  ...modes.flatMap((mode) => clips.flatMap((_, clip) => rows.map((r) => ({ row: r.name, clip, mode })))),
  ...ours.flatMap((mode) => clips.map((_, clip) => ({ row: 'quality', clip, mode }))),
].filter(({ row }) => row !== 'quality' || peers.quality);
const waiting = tasks.filter((t) => !results.has(t));
await inParallel(
  new URL('./worker.mjs', import.meta.url),
  waiting,
  { folder, seconds, perVoice },
  (task, result) => results.keep(task, result),
  {
    jobs: values.jobs,
    kept: tasks.length - waiting.length,
    stopped: 'results are kept; run it again to go on.',
    limitSeconds: TASK_SECONDS,
    onLost: (task, why) => results.keep(task, { failed: why }),
  },
);

/** Rows of which clips failed, with what the first of them said. */
const failures = modes.flatMap((mode) =>
  [...rows.map((r) => r.name), 'quality'].flatMap((row) => {
    const failed = clips.flatMap((_, clip) => results.get({ row, clip, mode })?.failed ?? []);
    return failed.length ? [[`${row}, ${mode}, ${failed.length} of ${clips.length} clips`, failed[0]]] : [];
  }),
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
  notRun: [
    ...failures,
    ...(peers.quality ? [] : [['PESQ-WB and ViSQOL', 'not installed (tools/peers)']]),
    ...missing,
    ...peers.missing,
    ...NOT_RUN,
  ],
};
const json = JSON.stringify(
  result,
  (_, v) => (typeof v === 'number' ? (Number.isFinite(v) ? Math.round(v * 1e4) / 1e4 : String(v)) : v),
  1,
);
if (values.json) await writeFile(values.json, `${json}\n`);
if (values.html) await writeFile(values.html, page(JSON.parse(json)));
const figure = (v, digits = 1) => (Number.isFinite(v) ? v.toFixed(digits) : '–');
for (const { name, frame } of table)
  if (frame?.clips)
    console.log(
      `${name.padEnd(22)} ${figure(frame.bitsPerVoicedSecond)} bit/s  frames ${figure(frame.frameSuccess, 2)}  errors ${figure(frame.codedBitErrors, 3)}  information ${figure(frame.informationPerCodedBit, 2)}  locator ${figure(frame.locatorVoicedSeconds.median)} s (${figure(frame.locatorsFound, 2)} found)  present ${figure(frame.presenceVoicedSeconds.median)} s`,
    );
for (const [mode, q] of Object.entries(quality))
  console.log(`quality, ${mode}: PESQ-WB ${figure(q.pesq, 2)}, ViSQOL ${figure(q.visqol, 2)}, SNR ${figure(q.snrDb)} dB`);
for (const b of result.bars)
  console.log(`${b.verdict.padEnd(18)} ${b.what}: ${figure(b.value, 2)} ${b.unit} (bar ${b.must}, goal ${b.goFor})`);
for (const [what, why] of result.notRun) console.log(`not run: ${what} – ${why}`);
