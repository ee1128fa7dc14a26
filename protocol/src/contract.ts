/** What the runner and an implementation say to each other (conformance.md): one JSON object a line, in either direction. */

/** A JSON object whose members the operation defines. */
export type Json = { readonly [name: string]: unknown };

/** The runner asks. */
export interface Request {
  /** Chosen by the runner; comes back in the answer. */
  readonly id: string;
  /** Name from the registry of operations, such as `card.verify`. */
  readonly operation: string;
  readonly input: Json;
}

/** What an implementation made of a request. */
export type Outcome =
  /** The input holds; `output` is what follows from it. */
  | { readonly valid: true; readonly output: Json }
  /** The input is refused, or proves nothing; `code` is from the registry of errors. */
  | { readonly valid: false; readonly code: string }
  /** This implementation does not do this operation. */
  | { readonly unsupported: true }
  /** The implementation failed. Never a right answer. */
  | { readonly error: string };

/** The implementation answers. */
export type Answer = { readonly id: string } & Outcome;

/** Exit status of a program that does not do what it was asked at all. */
export const EXIT_UNSUPPORTED = 127;

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Reads one line of an implementation. @returns null when it is no answer */
export function readAnswer(line: string): Answer | null {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return null;
  }
  if (!isObject(value) || typeof value.id !== 'string') return null;
  const { id } = value;
  if (value.unsupported === true) return { id, unsupported: true };
  if (typeof value.error === 'string') return { id, error: value.error };
  if (value.valid === true && isObject(value.output)) return { id, valid: true, output: value.output };
  if (value.valid === false && typeof value.code === 'string') return { id, valid: false, code: value.code };
  return null;
}
