/** `npm run attack-lab`: tries every attack, and says what the verifier made of it. */
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { ATTACKS } from './attacks/index.ts';
import { Lab } from './lab.ts';
import { type LabOptions, readOptions, USAGE } from './options.ts';
import { type Job, runPool } from './pool.ts';
import { renderHtml } from './report/html.ts';
import { tableOf, verdictOf } from './report/table.ts';
import { type Results, rowOf, toJson, type UnitResult, unitFromJson } from './results.ts';

const EXIT = { held: 0, usage: 1, broken: 2, missed: 3, stopped: 130 } as const;

async function journalled(file: string | undefined): Promise<UnitResult[]> {
  if (file === undefined) return [];
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  // A line that was being written when the run was killed is done again.
  return text.split('\n').slice(0, -1).map(unitFromJson);
}

async function run(options: LabOptions, startedAt: string): Promise<Results> {
  const began = performance.now();
  const { attacks, size, tries, journal } = options;
  const done = await journalled(journal);
  const isDone = ({ attack, unit }: Job): boolean => done.some((d) => d.attack === attack && d.unit === unit);
  const all = attacks.flatMap(({ id, units }) =>
    Array.from({ length: units(size, tries) }, (_, unit): Job => ({ attack: id, unit })),
  );
  const jobs = all.filter((job) => !isDone(job));
  const stop = new AbortController();
  const interrupted = (): void => stop.abort();
  process.once('SIGINT', interrupted);
  process.once('SIGTERM', interrupted);
  const progress = (text: string): void => {
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[2K${text}`);
  };
  let written = Promise.resolve();
  let ended = 0;
  await runPool(jobs, {
    threads: options.threads,
    ...(options.clips === undefined ? {} : { clips: options.clips }),
    signal: stop.signal,
    onResult: (result) => {
      done.push(result);
      progress(`${++ended} of ${jobs.length}: ${result.attack}`);
      if (journal) written = written.then(() => appendFile(journal, `${toJson(result)}\n`));
    },
  });
  await written;
  progress('');
  process.removeListener('SIGINT', interrupted);
  process.removeListener('SIGTERM', interrupted);
  const rows = attacks.map((attack) =>
    rowOf(
      attack,
      done.filter((unit) => unit.attack === attack.id && all.some((job) => job.attack === unit.attack && job.unit === unit.unit)),
    ),
  );
  const { voices } = await Lab.open(options.clips);
  return {
    startedAt,
    node: process.version,
    size,
    voices: voices.map(({ name }) => name),
    seconds: (performance.now() - began) / 1000,
    complete: !stop.signal.aborted,
    rows,
    absenceProvesNothing: true,
  };
}

async function main(): Promise<number> {
  let options: LabOptions;
  try {
    options = readOptions(process.argv.slice(2));
  } catch (error) {
    console.error(`${(error as Error).message}; --help says how it is called`);
    return EXIT.usage;
  }
  if (options.help) {
    console.log(USAGE);
    return EXIT.held;
  }
  if (options.list) {
    for (const { id, title } of ATTACKS) console.log(`${id.padEnd(22)} ${title}`);
    return EXIT.held;
  }
  const results = await run(options, new Date().toISOString());
  console.log(tableOf(results));
  if (options.json) await writeFile(options.json, `${toJson(results, 1)}\n`);
  if (options.html) await writeFile(options.html, renderHtml(results));
  if (!results.complete) return EXIT.stopped;
  return EXIT[verdictOf(results)];
}

process.exitCode = await main();
