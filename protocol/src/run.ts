/** Runs the vectors against an implementation. */
import { layAudio } from './audio-files.ts';
import { compare } from './compare.ts';
import type { Json, Outcome } from './contract.ts';
import type { PlacedVector } from './vectors.ts';

/** What an implementation did with one vector or one cell of the matrix. */
export interface Result {
  readonly id: string;
  readonly outcome: 'passed' | 'failed' | 'unsupported';
  /** What differed; missing when it passed. */
  readonly detail?: string;
}

/** Anything that answers: a running program, or this implementation without one. */
export type Ask = (operation: string, input: Json) => Promise<Outcome>;

/** One vector; its sound, if it has one, is laid into the folder in which the implementation runs. */
export async function runVector(ask: Ask, vector: PlacedVector, folder: string): Promise<Result> {
  const outcome = await ask(vector.operation, await layAudio(vector.input, folder));
  if ('unsupported' in outcome) return { id: vector.id, outcome: 'unsupported' };
  const detail = compare(vector.expect, outcome, vector.tolerance);
  return detail === null ? { id: vector.id, outcome: 'passed' } : { id: vector.id, outcome: 'failed', detail };
}

/** All vectors, one after the other. */
export async function runVectors(ask: Ask, vectors: readonly PlacedVector[], folder: string): Promise<Result[]> {
  const results: Result[] = [];
  for (const vector of vectors) results.push(await runVector(ask, vector, folder));
  return results;
}

/** Counts by outcome. */
export function tally(results: readonly Result[]): Record<Result['outcome'], number> {
  const counts = { passed: 0, failed: 0, unsupported: 0 };
  for (const { outcome } of results) counts[outcome]++;
  return counts;
}
