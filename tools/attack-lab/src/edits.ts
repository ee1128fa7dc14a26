/** Editing a recording: pieces cut out, put in, put elsewhere. Times in seconds, sound at {@link RATE}. */
import { RATE } from './call.ts';

const at = (seconds: number): number => Math.round(seconds * RATE);

/** Sounds after each other. */
export function joined(...parts: readonly Float32Array[]): Float32Array {
  const out = new Float32Array(parts.reduce((n, part) => n + part.length, 0));
  let from = 0;
  for (const part of parts) {
    out.set(part, from);
    from += part.length;
  }
  return out;
}

export const piece = (x: Float32Array, from: number, seconds: number): Float32Array => x.subarray(at(from), at(from + seconds));
const head = (x: Float32Array, to: number): Float32Array => x.subarray(0, at(to));
const tail = (x: Float32Array, from: number): Float32Array => x.subarray(at(from));

export const deleted = (x: Float32Array, from: number, seconds: number): Float32Array =>
  joined(head(x, from), tail(x, from + seconds));
export const inserted = (x: Float32Array, from: number, other: Float32Array): Float32Array =>
  joined(head(x, from), other, tail(x, from));
export const replaced = (x: Float32Array, from: number, other: Float32Array): Float32Array =>
  joined(head(x, from), other, x.subarray(at(from) + other.length));
/** Two pieces of the same length change places. */
export const swapped = (x: Float32Array, from: number, to: number, seconds: number): Float32Array =>
  replaced(replaced(x, from, piece(x, to, seconds).slice()), to, piece(x, from, seconds).slice());
