/** Whether an outcome is the one that a vector expects. */
import type { Json, Outcome } from './contract.ts';

/** Largest absolute difference by output member; members without one must be equal. */
export type Tolerance = { readonly [member: string]: number };

function difference(expected: unknown, actual: unknown, path: string, tolerance: number): string | null {
  if (typeof expected === 'number') {
    const near = typeof actual === 'number' && Math.abs(actual - expected) <= tolerance;
    return near ? null : `${path} is ${show(actual)}, not ${expected}`;
  }
  if (Array.isArray(expected)) {
    if (!Array.isArray(actual) || actual.length !== expected.length) return `${path} is no list of ${expected.length}`;
    return first(expected.map((value, i) => difference(value, actual[i], `${path}[${i}]`, tolerance)));
  }
  if (typeof expected === 'object' && expected !== null) {
    if (typeof actual !== 'object' || actual === null) return `${path} is ${show(actual)}, not an object`;
    const object = actual as Json;
    // More members than expected are no fault: an implementation may say more.
    return first(Object.entries(expected).map(([name, value]) => difference(value, object[name], `${path}.${name}`, tolerance)));
  }
  return expected === actual ? null : `${path} is ${show(actual)}, not ${show(expected)}`;
}

const first = (differences: readonly (string | null)[]): string | null => differences.find((d) => d !== null) ?? null;
const show = (value: unknown): string => String(JSON.stringify(value)).slice(0, 80);

/** @returns null when the outcome is as expected, else what differs, in words */
export function compare(expected: Outcome, actual: Outcome, tolerance: Tolerance = {}): string | null {
  if ('error' in actual) return `error: ${actual.error}`;
  if ('unsupported' in actual) return 'unsupported';
  if (!('valid' in expected)) return 'the vector expects no outcome';
  if (!expected.valid) {
    if (actual.valid) return `accepted, not refused with ${expected.code}`;
    return actual.code === expected.code ? null : `refused with ${actual.code}, not ${expected.code}`;
  }
  if (!actual.valid) return `refused with ${actual.code}`;
  const { output } = actual;
  return first(
    Object.entries(expected.output).map(([name, value]) => difference(value, output[name], name, tolerance[name] ?? 0)),
  );
}
