/** Builds vector files from cases: the input is written by hand, the output comes from this implementation, and what is expected of it was said before. */
import { join } from 'node:path';
import { perform } from '../adapter/operations.ts';
import { AUDIO_FOLDER } from '../audio-files.ts';
import type { Json, Outcome } from '../contract.ts';
import type { Layer, Vector, VectorFile } from '../vectors.ts';

/** One case. `refused` names the code that is expected; without it the input must hold. */
export interface Case {
  readonly name: string;
  readonly description: string;
  readonly rules: readonly string[];
  readonly input?: Json;
  readonly refused?: string;
  /** `negative` is the default for what is refused, else `positive`. */
  readonly polarity?: 'positive' | 'negative';
  /** Members of the output that must be these whatever this implementation says. */
  readonly says?: Json;
  /** Largest differences, for members that are not exact. */
  readonly tolerance?: { readonly [member: string]: number };
  /** Members of the output that are written down; default all. */
  readonly keep?: readonly string[];
}

/** One file to be made. */
export interface Plan {
  /** Folders and name, such as `card/verify`. */
  readonly path: string;
  readonly page: string;
  readonly layer: Layer;
  readonly operation: string;
  readonly common?: Json;
  readonly cases: readonly Case[];
}

/** Numbers with a tolerance are written with a digit more than it needs. */
function round(value: unknown, tolerance: number | undefined): unknown {
  if (tolerance === undefined) return value;
  if (Array.isArray(value)) return value.map((item) => round(item, tolerance));
  if (typeof value !== 'number' || !Number.isFinite(value)) return value;
  const unit = 10 ** Math.ceil(1 - Math.log10(tolerance));
  return Math.round(value * unit) / unit;
}

/** This implementation's own answer; it reads the sound of vectors where it is kept. */
export function performHere(operation: string, input: Json): Promise<Outcome> {
  const audio = typeof input.audio === 'string' ? { audio: join(AUDIO_FOLDER, `${input.audio}.flac`) } : {};
  return perform(operation, { ...input, ...audio });
}

/** What contradicts the case, in words, or null. */
function contradiction({ refused, says = {} }: Case, outcome: Outcome): string | null {
  if (!('valid' in outcome)) return 'no outcome';
  if (outcome.valid !== (refused === undefined)) return refused ? `should be refused with ${refused}` : 'should hold';
  if (!outcome.valid) return outcome.code === refused ? null : `should be refused with ${refused}`;
  for (const [member, value] of Object.entries(says))
    if (JSON.stringify(outcome.output[member]) !== JSON.stringify(value))
      return `${member} should be ${JSON.stringify(value)?.slice(0, 200)}`;
  return null;
}

async function makeVector(plan: Plan, item: Case, faults: string[]): Promise<Vector> {
  const { name, description, rules, input = {}, tolerance } = item;
  const outcome = await performHere(plan.operation, { ...plan.common, ...input });
  const fault = contradiction(item, outcome);
  if (fault) faults.push(`${plan.path}/${name}: ${fault}; got ${JSON.stringify(outcome).slice(0, 300)}`);
  const polarity = item.polarity ?? (item.refused === undefined ? 'positive' : 'negative');
  const vector = { name, description, rules, polarity, input };
  if (!('valid' in outcome)) return { ...vector, expect: { valid: false, code: 'no-outcome' } };
  if (!outcome.valid) return { ...vector, expect: outcome };
  const output: { [name: string]: unknown } = {};
  for (const member of item.keep ?? Object.keys(outcome.output))
    output[member] = round(outcome.output[member], tolerance?.[member]);
  return { ...vector, expect: { valid: true, output }, ...(tolerance === undefined ? {} : { tolerance }) };
}

/** Makes one file; what this implementation does differently from what a case says is added to `faults`. */
export async function makeFile(plan: Plan, faults: string[]): Promise<VectorFile> {
  const vectors: Vector[] = [];
  for (const item of plan.cases) vectors.push(await makeVector(plan, item, faults));
  const { page, layer, operation, common = {} } = plan;
  return { page, layer, operation, common, vectors };
}

/** The text of a file: indented, lists of numbers on one line. */
export function formatFile(file: VectorFile): string {
  const text = JSON.stringify(file, null, 1).replace(
    /\[\s+((?:-?[\d.e+-]+|null)(?:,\s+(?:-?[\d.e+-]+|null))*)\s+\]/g,
    (_, numbers: string) => `[${numbers.split(/,\s+/).join(',')}]`,
  );
  return `${text}\n`;
}
