/** Upstream's outputs (tools/model-reference) and what they were computed from. */
import { fileURLToPath } from 'node:url';
import { FRAME_SAMPLES } from '../src/config.ts';
import { uniform } from '../src/weights/random.ts';
import { SafetensorsFile } from '../src/weights/safetensors.ts';
import { elementCount } from '../src/weights/tensor-source.ts';

export const FRAMES = 200;
/** Logits and hidden values kept of each row. */
export const KEPT = 16;

export class Reference {
  private readonly file: SafetensorsFile;

  constructor(name: string) {
    this.file = new SafetensorsFile(fileURLToPath(new URL(`./reference/${name}.safetensors`, import.meta.url)));
  }

  floats(name: string): Float32Array {
    return new Float32Array(this.bytes(name));
  }

  integers(name: string): Int32Array {
    return new Int32Array(this.bytes(name));
  }

  private bytes(name: string): ArrayBuffer {
    const bytes = new Uint8Array(elementCount(this.file.tensors.get(name)!.shape) * 4);
    this.file.read(name, 0, bytes);
    return bytes.buffer;
  }
}

/** The caller's codes, eight per frame. */
export function callerCodes(card: number): number[][] {
  const codes = Array.from(uniform('user-codes', FRAMES * 8), (u) => Math.floor(((u + 1) / 2) * card));
  return Array.from({ length: FRAMES }, (_, t) => codes.slice(8 * t, 8 * t + 8));
}

/** Gumbel noise of every step: 25 values for the text, then 250 for each code. */
export function gumbelNoise(): Float32Array {
  return Float32Array.from(uniform('noise', FRAMES * 2025), (u) => -Math.log(Math.fround(-Math.log((u + 1) / 2 + 2 ** -25))));
}

/** The sound that the codec's reference encodes. */
export function referenceSound(frames: number): Float32Array {
  const noise = uniform('pcm', frames * FRAME_SAMPLES);
  return Float32Array.from(noise, (u, t) => 0.3 * Math.sin(t / 17) + 0.3 * Math.sin(t / 171) + 0.2 * u);
}

export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let largest = a.length === b.length ? 0 : Number.POSITIVE_INFINITY;
  for (let i = 0; i < a.length; i++) largest = Math.max(largest, Math.abs(a[i] - b[i]));
  return largest;
}
