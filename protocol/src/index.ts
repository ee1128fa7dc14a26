/** The conformance kit of the Undertone protocol: vectors, the rules that they stand for, and the runner. */
export { compare, type Tolerance } from './compare.ts';
export { type Answer, EXIT_UNSUPPORTED, type Json, type Outcome, type Request, readAnswer } from './contract.ts';
export { containerCommand, Implementation, type ImplementationOptions } from './implementation.ts';
export { type CrossResult, type Entry, isClean, type Matrix, matrixHtml } from './matrix.ts';
export { type Coverage, coverage, type Rule, readRules } from './rules.ts';
export { type Ask, type Result, runVector, runVectors, tally } from './run.ts';
export {
  type Layer,
  PACKAGE_FOLDER,
  type PlacedVector,
  placeVectors,
  readVectorFiles,
  type Vector,
  type VectorFile,
} from './vectors.ts';
