#!/usr/bin/env node
/** `undertone-conformance`: runs the vectors and the matrix of encoders and detectors against any implementation. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { crossMatrix } from './cross.ts';
import { containerCommand, Implementation } from './implementation.ts';
import { isClean, type Matrix, matrixHtml } from './matrix.ts';
import { coverage, readRules } from './rules.ts';
import { type Ask, runVectors, tally } from './run.ts';
import { PACKAGE_FOLDER, type PlacedVector, placeVectors, readVectorFiles } from './vectors.ts';

const USAGE = `undertone-conformance: does an implementation follow the Undertone protocol?

  undertone-conformance run  [--impl NAME=COMMAND ...] [--image NAME=IMAGE ...] [--only PREFIX] [--cross] [--out DIR] [--no-reference]
  undertone-conformance list [--only PREFIX]      the vectors, one a line
  undertone-conformance rules                     the numbered rules and how many vectors stand for each

An implementation reads requests from standard input and writes answers to standard output, one JSON object a line
(conformance.md). --cross lets every encoder speak to every detector. run writes matrix.json and matrix.html to DIR and ends with 0 when nothing failed, 1 when something did,
2 when it was called wrongly. The reference implementation is the first entry unless --no-reference.
`;

class UsageError extends Error {}

const REFERENCE = {
  name: 'undertone',
  command: `"${process.execPath}" "${fileURLToPath(new URL('adapter/main.js', import.meta.url))}"`,
};

function entry(text: string, option: string): { name: string; value: string } {
  const at = text.indexOf('=');
  const name = at < 1 ? option : text.slice(0, at);
  return { name, value: text.slice(at < 1 ? 0 : at + 1) };
}

const askOf =
  (implementation: Implementation): Ask =>
  (operation, input) =>
    implementation.ask(operation, input);

function selected(only: string | undefined): PlacedVector[] {
  return placeVectors(readVectorFiles()).filter((v) => only === undefined || v.id.startsWith(only));
}

function parse(args: string[]) {
  return parseArgs({
    args,
    allowPositionals: true,
    options: {
      impl: { type: 'string', multiple: true, default: [] },
      image: { type: 'string', multiple: true, default: [] },
      only: { type: 'string' },
      out: { type: 'string' },
      'no-reference': { type: 'boolean', default: false },
      cross: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h' },
    },
  });
}

async function run(values: ReturnType<typeof parse>['values']): Promise<number> {
  const vectors = selected(values.only);
  if (vectors.length === 0) throw new UsageError(`no vector begins with ${values.only}`);
  if (values['no-reference'] && values.impl.length + values.image.length === 0)
    throw new UsageError('no implementation was named');
  const folder = mkdtempSync(join(tmpdir(), 'undertone-conformance-'));
  const started = [
    ...(values['no-reference'] ? [] : [REFERENCE]),
    ...values.impl.map((text) => entry(text, 'implementation')).map(({ name, value }) => ({ name, command: value })),
    ...values.image
      .map((text) => entry(text, 'image'))
      .map(({ name, value }) => ({ name, command: containerCommand(value, folder) })),
  ].map(({ name, command }) => new Implementation({ name, command, folder }));
  try {
    const entries: Matrix['entries'][number][] = [];
    for (const implementation of started) {
      const results = await runVectors(askOf(implementation), vectors, folder);
      const { passed, failed, unsupported } = tally(results);
      console.log(`${implementation.name}: ${passed} passed, ${failed} failed, ${unsupported} unsupported`);
      for (const { id, outcome, detail } of results) if (outcome === 'failed') console.log(`  ${id}: ${detail}`);
      entries.push({ name: implementation.name, command: implementation.command, results });
    }
    const { version } = JSON.parse(readFileSync(join(PACKAGE_FOLDER, 'package.json'), 'utf8')) as { version: string };
    const parties = started.map((implementation) => ({ name: implementation.name, ask: askOf(implementation) }));
    const cross = values.cross ? await crossMatrix(parties, folder) : [];
    if (values.cross) {
      const { passed, failed, unsupported } = tally(cross);
      console.log(`encoders and detectors: ${passed} passed, ${failed} failed, ${unsupported} unsupported`);
      for (const { encoder, detector, channel, id, outcome, detail } of cross)
        if (outcome === 'failed') console.log(`  ${encoder} → ${channel} → ${detector}, ${id}: ${detail}`);
    }
    const matrix: Matrix = { version, entries, cross };
    if (values.out !== undefined) {
      mkdirSync(values.out, { recursive: true });
      writeFileSync(join(values.out, 'matrix.json'), `${JSON.stringify(matrix, null, 1)}\n`);
      writeFileSync(join(values.out, 'matrix.html'), matrixHtml(matrix));
    }
    return isClean(matrix) ? 0 : 1;
  } finally {
    await Promise.all(started.map((implementation) => implementation.close()));
    rmSync(folder, { recursive: true, force: true });
  }
}

function rules(): number {
  const [all, vectors] = [readRules(), selected(undefined)];
  for (const { id, text, mandatory } of all) {
    const of = (polarity: string): number => vectors.filter((v) => v.rules.includes(id) && v.polarity === polarity).length;
    console.log(`${id}\t${mandatory ? 'MUST' : '-'}\t+${of('positive')} −${of('negative')}\t${text.slice(0, 90)}`);
  }
  const open = coverage(all, vectors);
  return open.withoutPositive.length + open.withoutNegative.length + open.unknown.length === 0 ? 0 : 1;
}

async function main(args: string[]): Promise<number> {
  const { values, positionals } = parse(args);
  const [command, ...more] = positionals;
  if (values.help || command === 'help') {
    process.stdout.write(USAGE);
    return 0;
  }
  if (more.length > 0) throw new UsageError(`nothing is known of ${more[0]}`);
  switch (command) {
    case 'run':
      return run(values);
    case 'rules':
      return rules();
    case 'list':
      for (const vector of selected(values.only)) console.log(`${vector.id}\t${vector.polarity}\t${vector.description}`);
      return 0;
    default:
      throw new UsageError(command === undefined ? 'say what to do' : `there is no command ${command}`);
  }
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const wrongUse = error instanceof UsageError || (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS');
  console.error(wrongUse ? `${(error as Error).message}\n\n${USAGE}` : error);
  process.exitCode = 2;
}
