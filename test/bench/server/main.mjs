// npm run bench:server -- [--only barge-in,reaction,sessions,fuzz,page] [--calls N] [--model-ms N,… | --model PROVIDER:DIR|tiny] [--trials N] [--seconds N] [--messages N] [--seed N] [--server-cpus 0,1] [--json FILE]
// npm run bench:server -- --soak MINUTES [--calls N]
import { writeFile } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { bargeIn } from './barge-in.mjs';
import { fuzz } from './fuzz.mjs';
import { page } from './page.mjs';
import { startServer } from './process.mjs';
import { reaction } from './reaction.mjs';
import { sessions } from './sessions.mjs';
import { soak } from './soak.mjs';

const text = { type: 'string' };
const { values } = parseArgs({
  allowPositionals: true,
  options: {
    soak: text,
    only: text,
    calls: text,
    trials: text,
    seconds: text,
    messages: text,
    seed: text,
    'model-ms': text,
    model: text,
    'server-cpus': text,
    json: text,
  },
});
const number = (value, fallback) => (value === undefined ? fallback : Number(value));
const only = values.only?.split(',') ?? [];
const wanted = (name) => !values.soak && (only.length === 0 || only.includes(name));
const progress = (line) => process.stderr.isTTY && process.stderr.write(`\r\x1b[2K${line}`);

// What else the machine does decides much here, so it stands beside the figures.
const result = { node: process.version, cpu: cpus()[0].model, cores: cpus().length, loadBefore: loadavg() };
if (wanted('barge-in')) {
  const one = await startServer({ callers: 'ignore', logLevel: 'error' });
  result.bargeIn = await bargeIn(one.chat, number(values.trials, 20), progress);
  await one.stop();
}
if (wanted('reaction')) {
  result.reaction = [];
  const models = values.model ? [values.model.split(':')] : (values['model-ms'] ?? '0,15').split(',').map(Number);
  for (const model of models) result.reaction.push(await reaction(model, number(values.trials, 20), progress));
}
if (wanted('sessions')) {
  const counts = values.calls?.split(',').map(Number) ?? [5, 10, 15, 20, 30, 40, 60];
  const serverCpus = values['server-cpus'] ?? null;
  result.sessions = [];
  for (const callers of ['ignore', 'verify'])
    result.sessions.push(
      await sessions({ counts, seconds: number(values.seconds, 30), processes: 2, callers, cpus: serverCpus }, progress),
    );
}
if (wanted('fuzz')) result.fuzz = await fuzz(number(values.messages, 1e6), number(values.seed, 1), progress);
// It needs a browser, so it runs only when it is asked for.
if (only.includes('page')) result.page = await page(number(values.trials, 10), progress);
if (values.soak) result.soak = await soak(Number(values.soak), number(values.calls, 4), progress);
result.loadAfter = loadavg();
progress('');
const json = JSON.stringify(result, (_, v) => (typeof v === 'number' ? Math.round(v * 1000) / 1000 : v), 2);
console.log(json);
if (values.json) await writeFile(values.json, `${json}\n`);
