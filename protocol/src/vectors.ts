/** The vectors: folders by subject and step of life, a file for each operation, one failure in each vector. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Tolerance } from './compare.ts';
import type { Json, Outcome } from './contract.ts';

/** Which part of the protocol decides: a failure is found there and nowhere earlier. */
export type Layer =
  | 'trust'
  | 'card'
  | 'claims'
  | 'signal'
  | 'code'
  | 'frame'
  | 'symbols'
  | 'chain'
  | 'clock'
  | 'record'
  | 'checkpoint'
  | 'digest'
  | 'channel'
  | 'status'
  | 'log'
  | 'match'
  | 'state';

/** One case. */
export interface Vector {
  /** Unique in the file. */
  readonly name: string;
  readonly description: string;
  /** Numbered rules of the specification that this case stands for. */
  readonly rules: readonly string[];
  /** `positive`: what the rule asks for is there and counts. `negative`: it is missing or broken and must not count. */
  readonly polarity: 'positive' | 'negative';
  /** Members of its own; those of the file's `common` are added. */
  readonly input: Json;
  readonly expect: Extract<Outcome, { readonly valid: boolean }>;
  readonly tolerance?: Tolerance;
}

/** One file. */
export interface VectorFile {
  readonly page: string;
  readonly layer: Layer;
  readonly operation: string;
  /** Input members that all vectors of the file share. */
  readonly common: Json;
  readonly vectors: readonly Vector[];
}

/** A vector with where it stands. */
export interface PlacedVector extends Vector {
  /** `card/verify/expired`: folder, file and name. */
  readonly id: string;
  readonly layer: Layer;
  readonly operation: string;
  /** The whole input, `common` included. */
  readonly input: Json;
}

/** The folder of the package. */
export const PACKAGE_FOLDER: string = fileURLToPath(new URL('..', import.meta.url));
export const VECTOR_FOLDER: string = join(PACKAGE_FOLDER, 'vectors');

/** All files of a folder of vectors by their path in it, without `.json`, sorted. */
export function readVectorFiles(folder: string = VECTOR_FOLDER): Map<string, VectorFile> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.json'));
  return new Map(
    names.sort().map((name) => {
      const path = relative(folder, join(folder, name)).split(sep).join('/').slice(0, -'.json'.length);
      return [path, JSON.parse(readFileSync(join(folder, name), 'utf8')) as VectorFile];
    }),
  );
}

/** The vectors of files, one after the other. */
export function placeVectors(files: ReadonlyMap<string, VectorFile>): PlacedVector[] {
  return [...files].flatMap(([path, { layer, operation, common, vectors }]) =>
    vectors.map((vector) => ({
      ...vector,
      id: `${path}/${vector.name}`,
      layer,
      operation,
      input: { ...common, ...vector.input },
    })),
  );
}
