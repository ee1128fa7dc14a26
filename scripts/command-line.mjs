// How the commands of the repository read what they are called with: --help says all; what is wrong ends with one line and exit status 1.
import { readdirSync } from 'node:fs';
import { parseArgs } from 'node:util';

/** Kinds of options, each with what stands for one that is not given. */
export const flag = () => ({ type: 'boolean', fallback: false, read: (given) => given });
export const text = (fallback) => ({ type: 'string', fallback, read: (given) => given });
export const list = (fallback) => ({ type: 'string', fallback, read: (given) => given.split(',') });
export const number = (fallback) => ({ type: 'string', fallback, read: numberOf });

const numberOf = (given, name) =>
  /^\d+(\.\d+)?(e\d+)?$/.test(given) ? Number(given) : refuse(`--${name} takes a number, not '${given}'`);

/** Ends the command: what was wrong, and what helps. */
export function refuse(message) {
  console.error(`${message}; --help says how it is called`);
  process.exit(1);
}

/**
 * @param usage what `--help` prints
 * @param kinds by option, without its dashes
 * @param operands how many arguments without an option there may be: least, most
 * @returns what was given or stands for it, by option; and the operands
 */
export function commandLine(usage, kinds, [least, most] = [0, 0]) {
  const options = Object.fromEntries(Object.entries(kinds).map(([name, { type }]) => [name, { type }]));
  let given;
  try {
    given = parseArgs({ allowPositionals: true, options: { ...options, help: { type: 'boolean', short: 'h' } } });
  } catch (error) {
    // What follows in Node's message is about arguments that begin with a dash, which none of ours do.
    return refuse(error.message.split(/\.?\n|\. /)[0]);
  }
  const { values, positionals } = given;
  if (values.help) {
    console.log(usage);
    process.exit(0);
  }
  if (positionals.length > most) return refuse(`Unexpected argument '${positionals[most]}'`);
  if (positionals.length < least) return refuse(`${least} arguments are needed, ${positionals.length} were given`);
  const read = ([name, { fallback, read }]) => [name, values[name] === undefined ? fallback : read(values[name], name)];
  return { values: Object.fromEntries(Object.entries(kinds).map(read)), operands: positionals };
}

/** Names in a folder that was named on the command line, sorted. */
export function namesIn(folder) {
  try {
    return readdirSync(folder).sort();
  } catch (error) {
    return refuse(`${folder} cannot be read (${error.code})`);
  }
}
