// npm run bench:server: the reference server, as processes of their own on loopback.
import { writeFile } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import { commandLine, list, number, refuse, text } from '../../../scripts/command-line.mjs';
import { bargeIn } from './barge-in.mjs';
import { fuzz } from './fuzz.mjs';
import { modelCalls } from './model-calls.mjs';
import { startServer } from './process.mjs';
import { reaction } from './reaction.mjs';
import { sessions } from './sessions.mjs';
import { soak } from './soak.mjs';

const PARTS = ['barge-in', 'reaction', 'sessions', 'fuzz', 'page', 'model-calls'];
const USAGE = `npm run bench:server -- [options]
  --only a,b           of ${PARTS.join(', ')} (all but page, which needs
                       Chromium, and model-calls, which is for a GPU)
  --trials N           for barge-in and reaction (20), for page (10)
  --model-ms N,…       for reaction: models that answer after so many milliseconds (0,15)
  --model PROVIDER:DIR for reaction and model-calls: a real model, cpu or cuda, and its folder or tiny; for model-calls also
                       ms:N, a stand-in that takes N ms for a frame of all calls
  --calls N,…          for sessions: live calls at a time (5,10,15,20,30,40,60); for model-calls (2); for the soak one number (4)
  --seconds N          for sessions and model-calls: of each step (30)
  --warm N             for model-calls: seconds of the calls before it counts (5); 240 fill a window of 3,000 frames
  --context N          for model-calls: frames in a window (the model's own)
  --voice-threads N    for reaction, sessions and model-calls: threads that decode, mark and encode (the server's default)
  --processes N        for sessions: servers that share the calls (1)
  --server-cpus 0,1    for sessions: processors of the servers
  --messages N         for fuzz (1000000)
  --seed N             for fuzz (1)
  --soak MINUTES       calls with drops, slow readers, half-open sockets and garbage, and nothing else
  --json FILE          the result, which is printed, as a file`;

const { values } = commandLine(USAGE, {
  only: list([]),
  trials: number(),
  'model-ms': list(['0', '15']),
  model: text(),
  calls: list(),
  seconds: number(30),
  warm: number(5),
  context: number(),
  'voice-threads': number(),
  processes: number(1),
  'server-cpus': text(null),
  messages: number(1e6),
  seed: number(1),
  soak: number(),
  json: text(),
});
const { only } = values;
const unknown = only.find((part) => !PARTS.includes(part));
if (unknown !== undefined) refuse(`There is no part ${unknown}`);
const counts = values.calls?.map(Number);
const options = values['voice-threads'] ? { voiceThreads: values['voice-threads'] } : {};
const wanted = (name) => !values.soak && (only.length === 0 || only.includes(name));
const progress = (line) => process.stderr.isTTY && process.stderr.write(`\r\x1b[2K${line}`);

// What else the machine does decides much here, so it stands beside the figures.
const result = { node: process.version, cpu: cpus()[0].model, cores: cpus().length, loadBefore: loadavg() };
if (wanted('barge-in')) {
  const one = await startServer({ callers: 'ignore', logLevel: 'error' });
  result.bargeIn = await bargeIn(one.chat, values.trials ?? 20, progress);
  await one.stop();
}
if (wanted('reaction')) {
  result.reaction = [];
  const models = values.model ? [values.model.split(':')] : values['model-ms'].map(Number);
  for (const model of models) result.reaction.push(await reaction(model, values.trials ?? 20, options, progress));
}
if (wanted('sessions')) {
  const { seconds, processes, 'server-cpus': serverCpus } = values;
  result.sessions = [];
  for (const callers of ['ignore', 'verify'])
    result.sessions.push(
      await sessions(
        { counts: counts ?? [5, 10, 15, 20, 30, 40, 60], seconds, processes, callers, cpus: serverCpus, options },
        progress,
      ),
    );
}
if (wanted('fuzz')) result.fuzz = await fuzz(values.messages, values.seed, progress);
// What needs a GPU or a browser runs only when it is asked for.
if (only.includes('model-calls')) {
  const { model = 'cpu:tiny', warm, seconds, context } = values;
  result.modelCalls = await modelCalls(model.split(':'), counts ?? [2], { warm, seconds }, context, options, progress);
}
if (only.includes('page')) {
  const { page } = await import('./page.mjs');
  result.page = await page(values.trials ?? 10, progress);
}
if (values.soak) result.soak = await soak(values.soak, counts?.[0] ?? 4, progress);
result.loadAfter = loadavg();
progress('');
const json = JSON.stringify(result, (_, v) => (typeof v === 'number' ? Math.round(v * 1000) / 1000 : v), 2);
console.log(json);
if (values.json) await writeFile(values.json, `${json}\n`);
