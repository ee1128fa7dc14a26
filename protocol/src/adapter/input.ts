/** Reads members of a request's input; whatever does not fit is a fault of the asker, not an outcome. */
import { fromHex } from '@undertone/token';
import type { Json, Outcome } from '../contract.ts';

/** An operation of this implementation. */
export type Operation = (input: Json) => Outcome | Promise<Outcome>;

/** The input does not have the members that the operation asks for. */
export class InputError extends Error {}

const wrong = (name: string, wanted: string): never => {
  throw new InputError(`${name} is not ${wanted}`);
};

export const ok = (output: Json = {}): Outcome => ({ valid: true, output });
export const refused = (code: string): Outcome => ({ valid: false, code });

export function bytes(input: Json, name: string): Uint8Array {
  const value = input[name];
  return typeof value === 'string' ? fromHex(value) : wrong(name, 'hexadecimal');
}

export function number(input: Json, name: string): number {
  const value = input[name];
  return typeof value === 'number' ? value : wrong(name, 'a number');
}

export function text(input: Json, name: string): string {
  const value = input[name];
  return typeof value === 'string' ? value : wrong(name, 'text');
}

export function optionalText(input: Json, name: string): string | undefined {
  return input[name] === undefined ? undefined : text(input, name);
}

export function object(input: Json, name: string): Json {
  const value = input[name];
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : wrong(name, 'an object');
}

export function list(input: Json, name: string): readonly unknown[] {
  const value = input[name];
  return Array.isArray(value) ? value : wrong(name, 'a list');
}

export function objects(input: Json, name: string): readonly Json[] {
  return list(input, name).map((_, i) => object(list(input, name) as unknown as Json, String(i)));
}

/** Numbers; `null` stands for what was not heard. */
export function numbers(input: Json, name: string, missing: number = Number.NEGATIVE_INFINITY): Float32Array {
  return Float32Array.from(list(input, name), (value) =>
    value === null ? missing : typeof value === 'number' ? value : wrong(name, 'a list of numbers'),
  );
}

/** Byte strings by their index. */
export function symbols(input: Json, name: string): Map<number, Uint8Array> {
  return new Map(objects(input, name).map((item) => [number(item, 'index'), bytes(item, 'symbol')]));
}
