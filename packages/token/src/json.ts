/**
 * Canonical JSON: object members sorted by UTF-16 code units, no white space, UTF-8 (the rules of RFC 8785
 * for the values used here). One value has one spelling, so that it can be hashed.
 */
import { utf8 } from './bytes.ts';
import { TokenError } from './errors.ts';

/** Deepest nesting accepted anywhere; bounds recursion on hostile input. */
export const MAX_JSON_DEPTH: number = 16;

export type JsonObject = { readonly [name: string]: unknown };

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Canonical text of a JSON value; members that are `undefined` are left out. Throws `bad-json`. */
export function canonicalJson(value: unknown, depth: number = 0): string {
  if (depth > MAX_JSON_DEPTH) throw new TokenError('bad-json', 'nested too deeply');
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'string') {
    utf8(value);
    return JSON.stringify(value);
  }
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TokenError('bad-json', 'number is not finite');
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item, depth + 1)).join(',')}]`;
  if (isObject(value)) {
    const members = Object.keys(value)
      .filter((name) => value[name] !== undefined)
      .sort()
      .map((name) => `${canonicalJson(name)}:${canonicalJson(value[name], depth + 1)}`);
    return `{${members.join(',')}}`;
  }
  throw new TokenError('bad-json', `a ${typeof value} is not JSON`);
}

/** `JSON.parse` that returns `undefined` for anything that does not parse. */
export function tryParseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
