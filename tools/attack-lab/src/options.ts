/** The command line of the lab. */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import type { Attack, Size } from './attack.ts';
import { ATTACKS } from './attacks/index.ts';

export const USAGE = `npm run attack-lab -- [options]
  --only NAME[,NAME]  only these attacks (--list names them)
  --tries N           units of each attack; for the live transplant a unit is one call
  --full              as many tries as a release needs: 1,000 calls for the live transplant
  --clips DIR         more speech beside the fixtures: audio files, clips of one voice named alike up to their number
  --json FILE         all tries as JSON
  --html FILE         the table with pictures, one file
  --journal FILE      writes each unit as it ends, and goes on from there when it exists
  --threads N         default: all cores
  --list              the attacks, without trying them
  --help
exit: 0 all as expected · 2 something wrong was shown as live or attested · 3 an expectation was missed · 1 wrong usage`;

export interface LabOptions {
  readonly attacks: readonly Attack[];
  readonly size: Size;
  readonly tries: number | null;
  readonly clips?: string;
  readonly json?: string;
  readonly html?: string;
  readonly journal?: string;
  readonly threads: number;
  readonly list: boolean;
  readonly help: boolean;
}

const whole = (value: string | undefined, name: string): number | null => {
  if (value === undefined) return null;
  if (!/^[1-9]\d{0,6}$/.test(value)) throw new Error(`--${name} takes a whole number from 1 on`);
  return Number(value);
};

const text = { type: 'string' } as const;
const OPTIONS = {
  ...{ only: text, tries: text, clips: text, json: text, html: text, journal: text, threads: text },
  full: { type: 'boolean' },
  list: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS }).values;
  } catch (error) {
    // What follows in Node's message is about arguments that begin with a dash, which none of ours do.
    throw new Error((error as Error).message.split(/\.?\n|\. /)[0]);
  }
}

/** Reads the arguments. Throws an Error with a sentence for the user. */
export function readOptions(args: readonly string[]): LabOptions {
  const values = parse(args);
  const names = values.only?.split(',');
  const unknown = names?.find((name) => !ATTACKS.some(({ id }) => id === name));
  if (unknown !== undefined) throw new Error(`There is no attack named ${unknown}`);
  return {
    attacks: ATTACKS.filter(({ id }) => !names || names.includes(id)),
    size: values.full ? 'full' : 'normal',
    tries: whole(values.tries, 'tries'),
    threads: whole(values.threads, 'threads') ?? availableParallelism(),
    list: values.list ?? false,
    help: values.help ?? false,
    ...(values.clips === undefined ? {} : { clips: values.clips }),
    ...(values.json === undefined ? {} : { json: values.json }),
    ...(values.html === undefined ? {} : { html: values.html }),
    ...(values.journal === undefined ? {} : { journal: values.journal }),
  };
}
