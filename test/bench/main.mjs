// npm run bench -- [subject …] [--clips DIR] [--seconds N] [--per-voice N] [--channels a,b] [--kills N] [--fuzz N] [--json FILE] [--html FILE]
// Without a subject: those that are marked so below. Subjects are loaded when they are asked for.
import { writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { loadClips, voicesIn } from './clips.mjs';
import { tell } from './parallel.mjs';

if (process.argv[2] === 'model') {
  process.argv.splice(2, 1);
  await import('./model-main.mjs');
}
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    kills: { type: 'string', default: '200' },
    fuzz: { type: 'string', default: '1000000' },
    clips: { type: 'string' },
    seconds: { type: 'string', default: '60' },
    'per-voice': { type: 'string', default: 'Infinity' },
    channels: { type: 'string' },
    json: { type: 'string' },
    html: { type: 'string' },
  },
});
const names = values.channels?.split(',');
const material = { folder: values.clips, seconds: Number(values.seconds), perVoice: Number(values['per-voice']) };
let loaded;
async function clips() {
  loaded ??= await loadClips(material.folder, material.seconds, material.perVoice);
  if (loaded.length === 0) throw new Error('there are no clips of that length; give --seconds fewer');
  return loaded;
}

/** [name in the result, whether it runs unasked, how]. */
const SUBJECTS = {
  speed: ['speed', true, async () => (await import('./speed.mjs')).speed(await clips())],
  size: ['size', true, async () => (await import('./size.mjs')).size()],
  channels: ['channels', true, async () => (await import('./channels.mjs')).channels(await clips(), names, tell)],
  'sound-alone': ['soundAlone', true, async () => (await import('./sound-alone.mjs')).soundAlone(await clips(), names, tell)],
  'false-alarms': [
    'falseAlarms',
    true,
    async () => (await import('./false-alarms.mjs')).falseAlarms(await voicesIn(material.folder), material),
  ],
  calibration: [
    'calibration',
    false,
    async () => (await import('./calibration.mjs')).calibration(await voicesIn(material.folder), material, values.html),
  ],
  identity: [
    'identity',
    false,
    async () => {
      const { fuzz, verification } = await import('./identity.mjs');
      return { verification: verification(), fuzz: fuzz(Number(values.fuzz), tell) };
    },
  ],
  takeover: ['takeover', false, async () => (await import('./takeover.mjs')).takeover(await clips(), names, tell)],
  kill: ['kill', false, async () => (await import('./kill.mjs')).kill(Number(values.kills), tell)],
};
const unknown = positionals.find((p) => !(p in SUBJECTS));
if (unknown) throw new Error(`there is no benchmark ${unknown}; there are ${Object.keys(SUBJECTS).join(', ')}`);

const result = { node: process.version, cpu: cpus()[0].model };
for (const [subject, [name, unasked, run]] of Object.entries(SUBJECTS))
  if (positionals.length === 0 ? unasked : positionals.includes(subject)) result[name] = await run();
result.clips = loaded?.map((c) => c.voice);
tell('');
const text = JSON.stringify(result, (_, v) => (typeof v === 'number' ? Number(v.toPrecision(6)) : v), 2);
console.log(text);
if (values.json) await writeFile(values.json, `${text}\n`);
