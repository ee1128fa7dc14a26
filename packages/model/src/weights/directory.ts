/** Finds the official files in a folder: as downloaded, or Hugging Face's cache of a repository (`models--…` with its snapshots). */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ModelError } from '../errors.ts';

export interface ModelFiles {
  readonly lm: string;
  readonly mimi: string;
  /** Null when there is none: the agent then speaks without text, and takes no role. */
  readonly tokenizer: string | null;
  /** The folder of voices, or the archive that it comes in. */
  readonly voices: string | null;
}

const LM = 'model.safetensors';
const MIMI = /^tokenizer-.*\.safetensors$/;
const VOICES = ['voices', 'voices.tgz'];
const TOKENIZER = /^tokenizer_spm_.*\.model$/;

/** @throws ModelError `weights-missing` saying which file is missing where */
export function findModelFiles(directory: string): ModelFiles {
  if (!existsSync(directory) || !statSync(directory).isDirectory())
    throw new ModelError('weights-missing', `${directory} is not a folder`);
  const folder = snapshot(directory);
  const names = readdirSync(folder);
  const find = (what: string, matches: (name: string) => boolean): string => {
    const name = names.find(matches);
    if (!name) throw new ModelError('weights-missing', `${folder} has no ${what}`);
    return join(folder, name);
  };
  const tokenizer = names.find((name) => TOKENIZER.test(name));
  const voices = VOICES.find((name) => names.includes(name));
  return {
    lm: find(LM, (name) => name === LM),
    mimi: find('tokenizer-….safetensors (Mimi)', (name) => MIMI.test(name)),
    tokenizer: tokenizer ? join(folder, tokenizer) : null,
    voices: voices ? join(folder, voices) : null,
  };
}

/** The snapshot that a cache's `refs/main` names, or its only one. */
function snapshot(directory: string): string {
  const snapshots = join(directory, 'snapshots');
  if (!existsSync(snapshots)) return directory;
  const main = join(directory, 'refs', 'main');
  const names = readdirSync(snapshots);
  const name = existsSync(main) ? readFileSync(main, 'utf8').trim() : names.length === 1 ? names[0] : undefined;
  if (name === undefined || !names.includes(name)) throw new ModelError('weights-missing', `${directory} names no snapshot`);
  return join(snapshots, name);
}
