// npm run bench:model: speed of the full-duplex model, and how far a device's arithmetic is from upstream's.
import { writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { commandLine, list, number, text } from '../../scripts/command-line.mjs';
import { model, modelLag, modelOptions } from './model.mjs';
import { memory } from './model-memory.mjs';
import { parity } from './model-parity.mjs';

const USAGE = `npm run bench:model -- [options]
  --provider cpu|cuda  (cpu)
  --model DIR          the model's files; without it a tiny one of random content
  --make-model DIR     writes full-size files of random content first, and takes those
  --places N           calls at a time that there is room for
  --context N          frames that a call remembers
  --frames N           at full speed (200)
  --paced N            frames at the pace of a call (60)
  --parts a,b          of parity, steps, prefill, one, all, admission (all of them), or alone: thread, the lag of the event loop, and
                       memory, what is said when a GPU has too little
  --json FILE          the result, which is printed, as a file`;

const { values } = commandLine(USAGE, {
  provider: text('cpu'),
  model: text(),
  'make-model': text(),
  places: number(),
  context: number(),
  frames: number(200),
  paced: number(60),
  parts: list(),
  json: text(),
});
const result = { node: process.version, cpu: cpus()[0].model, cores: cpus().length };
const only = values.parts;
if (!only || only.includes('parity')) result.parity = await parity(values.provider);
if (result.parity) console.error('parity', JSON.stringify(result.parity));
if (only?.join() === 'thread') result.eventLoop = await modelLag(values);
else if (only?.join() === 'memory') result.memory = await memory(modelOptions(values));
else if (only?.join() !== 'parity') result.model = await model(values);
const json = JSON.stringify(result, (_, v) => (typeof v === 'number' ? Math.round(v * 1000) / 1000 : v), 2);
console.log(json);
if (values.json) await writeFile(values.json, `${json}\n`);
process.exit();
