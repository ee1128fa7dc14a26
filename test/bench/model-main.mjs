// npm run bench:model -- [--provider cpu|cuda] [--model DIR | --make-model DIR] [--places N] [--context N] [--frames N] [--paced N] [--parts a,b] [--json FILE]
import { writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { model, modelLag } from './model.mjs';
import { parity } from './model-parity.mjs';

const text = { type: 'string' };
const { values } = parseArgs({
  options: {
    provider: text,
    model: text,
    'make-model': text,
    places: text,
    context: text,
    frames: text,
    paced: text,
    parts: text,
    json: text,
  },
});
const result = { node: process.version, cpu: cpus()[0].model, cores: cpus().length };
const only = values.parts?.split(',');
if (!only || only.includes('parity')) result.parity = await parity(values.provider ?? 'cpu');
if (result.parity) console.error('parity', JSON.stringify(result.parity));
if (only?.join() === 'thread') result.eventLoop = await modelLag(values);
else if (only?.join() !== 'parity') result.model = await model(values);
const json = JSON.stringify(result, (_, v) => (typeof v === 'number' ? Math.round(v * 1000) / 1000 : v), 2);
console.log(json);
if (values.json) await writeFile(values.json, `${json}\n`);
process.exit();
