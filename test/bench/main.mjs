// npm run bench -- [speed] [size] [channels] [sound-alone] [false-alarms] [kill] [identity] [takeover] [--kills N] [--fuzz N] [--clips DIR] [--seconds N] [--channels a,b] [--json FILE]
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { channels } from './channels.mjs';
import { loadClips } from './clips.mjs';
import { falseAlarms } from './false-alarms.mjs';
import { fuzz, verification } from './identity.mjs';
import { kill } from './kill.mjs';
import { size } from './size.mjs';
import { soundAlone } from './sound-alone.mjs';
import { speed } from './speed.mjs';
import { takeover } from './takeover.mjs';

if (process.argv[2] === 'model') {
  process.argv.splice(2, 1);
  await import('./model-main.mjs');
}
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    kills: { type: 'string' },
    fuzz: { type: 'string' },
    clips: { type: 'string' },
    seconds: { type: 'string' },
    channels: { type: 'string' },
    json: { type: 'string' },
  },
});
const clips = await loadClips(values.clips, Number(values.seconds ?? 60));
if (clips.length === 0) throw new Error('there are no clips of that length; give --seconds fewer');
const all = positionals.length === 0;
const progress = (text) => process.stderr.isTTY && process.stderr.write(`\r\x1b[2K${text}`);
const result = { node: process.version, cpu: (await import('node:os')).cpus()[0].model, clips: clips.map((c) => c.voice) };
if (all || positionals.includes('speed')) result.speed = speed(clips);
if (all || positionals.includes('size')) result.size = await size();
if (all || positionals.includes('channels')) result.channels = await channels(clips, values.channels?.split(','), progress);
if (all || positionals.includes('sound-alone'))
  result.soundAlone = await soundAlone(clips, values.channels?.split(','), progress);
if (all || positionals.includes('false-alarms')) result.falseAlarms = falseAlarms(clips, progress);
if (positionals.includes('identity'))
  result.identity = { verification: verification(), fuzz: fuzz(Number(values.fuzz ?? 1e6), progress) };
if (positionals.includes('takeover')) result.takeover = await takeover(clips, values.channels?.split(','), progress);
if (positionals.includes('kill')) result.kill = await kill(Number(values.kills ?? 200), progress);
progress('');
const text = JSON.stringify(result, (_, v) => (typeof v === 'number' ? Math.round(v * 1000) / 1000 : v), 2);
console.log(text);
if (values.json) await writeFile(values.json, `${text}\n`);
