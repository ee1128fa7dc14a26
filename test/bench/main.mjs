// npm run bench: speed, size and what survives. Subjects are loaded when they are asked for.
import { writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { commandLine, list, number, refuse, text } from '../../scripts/command-line.mjs';
import { loadClips, voicesIn } from './clips.mjs';
import { tell } from './parallel.mjs';

const USAGE = `npm run bench -- [SUBJECT …] [options]
  speed, size, channels, sound-alone, false-alarms     run when no subject is named
  calibration, identity, takeover, kill, onnx          run when they are named
  --clips DIR       audio files, clips of one voice named alike up to their number (default: the test fixtures)
  --seconds N       length of a clip (60)
  --per-voice N     most clips of one voice (all)
  --channels a,b    for channels, sound-alone and takeover: mulaw-8k, opus-24k, …
  --kills N         for kill (200)
  --fuzz N          for identity (1000000)
  --json FILE       the result, which is printed, as a file
  --html FILE       for calibration: the plot
bench:channels, bench:model and bench:server are commands of their own.`;

const { values, operands } = commandLine(
  USAGE,
  {
    clips: text(),
    seconds: number(60),
    'per-voice': number(Number.POSITIVE_INFINITY),
    channels: list(),
    kills: number(200),
    fuzz: number(1e6),
    json: text(),
    html: text(),
  },
  [0, Number.POSITIVE_INFINITY],
);
const material = { folder: values.clips, seconds: values.seconds, perVoice: values['per-voice'] };
let loaded;
async function clips() {
  loaded ??= await loadClips(material.folder, material.seconds, material.perVoice);
  if (loaded.length === 0) refuse('There are no clips of that length');
  return loaded;
}

/** [name in the result, whether it runs unasked, how]. */
const SUBJECTS = {
  speed: ['speed', true, async () => (await import('./speed.mjs')).speed(await clips())],
  size: ['size', true, async () => (await import('./size.mjs')).size()],
  channels: ['channels', true, async () => (await import('./channels.mjs')).channels(await clips(), values.channels, tell)],
  'sound-alone': [
    'soundAlone',
    true,
    async () => (await import('./sound-alone.mjs')).soundAlone(await clips(), values.channels, tell),
  ],
  'false-alarms': [
    'falseAlarms',
    true,
    async () => (await import('./false-alarms.mjs')).falseAlarms(voicesIn(material.folder), material),
  ],
  calibration: [
    'calibration',
    false,
    async () => (await import('./calibration.mjs')).calibration(voicesIn(material.folder), material, values.html),
  ],
  identity: [
    'identity',
    false,
    async () => {
      const { fuzz, verification } = await import('./identity.mjs');
      return { verification: verification(), fuzz: fuzz(values.fuzz, tell) };
    },
  ],
  takeover: ['takeover', false, async () => (await import('./takeover.mjs')).takeover(await clips(), values.channels, tell)],
  onnx: ['onnx', false, async () => (await import('./onnx.mjs')).onnx(await clips())],
  kill: ['kill', false, async () => (await import('./kill.mjs')).kill(values.kills, tell)],
};
const unknown = operands.find((name) => !(name in SUBJECTS));
if (unknown !== undefined) refuse(`There is no benchmark ${unknown}`);

const result = { node: process.version, cpu: cpus()[0].model };
for (const [subject, [name, unasked, run]] of Object.entries(SUBJECTS))
  if (operands.length === 0 ? unasked : operands.includes(subject)) result[name] = await run();
result.clips = loaded?.map((c) => c.voice);
tell('');
const json = JSON.stringify(result, (_, v) => (typeof v === 'number' ? Number(v.toPrecision(6)) : v), 2);
console.log(json);
if (values.json) await writeFile(values.json, `${json}\n`);
