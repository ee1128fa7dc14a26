import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { BLOCK, createKernel, type Kernel } from '../src/kernel.ts';
import { PlainKernel } from '../src/kernel-plain.ts';
import type { HeardSlot } from '../src/receiver.ts';
import { bitsOf, voice } from './voice.ts';

/** Speech-like numbers with many zeros, as a rectifier leaves them. */
const number = fc.oneof(fc.constant(0), fc.float({ noNaN: true, min: -8, max: 8 }));
const problem = fc
  .record({
    step: fc.integer({ min: 1, max: 12 }),
    span: fc.integer({ min: 1, max: 20 }),
    positions: fc.integer({ min: 1, max: 8 }),
    blocks: fc.integer({ min: 1, max: 3 }),
    signed: fc.constantFrom<0 | 1>(0, 1),
  })
  .chain((shape) => {
    const numbers = (n: number) => fc.array(number, { minLength: n, maxLength: n }).map((v) => Float32Array.from(v));
    return fc.record({
      shape: fc.constant(shape),
      x: numbers((shape.positions - 1) * shape.step + shape.span),
      weights: numbers(shape.blocks * shape.span * BLOCK),
      out: numbers(shape.positions * shape.blocks * BLOCK),
    });
  });

type Problem = typeof problem extends fc.Arbitrary<infer T> ? T : never;

function solve(kernel: Kernel, { shape, x, weights, out }: Problem): Uint32Array {
  const place = (values: Float32Array): number => {
    const at = kernel.allocate(values.length);
    kernel.floats.set(values, at);
    return at;
  };
  const at = place(x);
  const w = place(weights);
  const o = place(out);
  kernel.gather(at, x.length, shape.signed);
  kernel.multiply(shape.step, shape.span, shape.positions, w, shape.blocks, o);
  return new Uint32Array(kernel.floats.slice(o, o + out.length).buffer);
}

describe('the kernel', () => {
  it('is the one that its source compiles to', () => {
    const script = fileURLToPath(new URL('../kernels/compile.mjs', import.meta.url));
    expect(spawnSync(process.execPath, [script, '--check'], { encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' });
  });
  it('runs in WebAssembly here, and gives the same bits without', () => {
    const wasm = createKernel();
    expect(wasm).not.toBeInstanceOf(PlainKernel);
    const plain = new PlainKernel();
    fc.assert(
      fc.property(problem, (p) => {
        expect(solve(wasm, p)).toEqual(solve(plain, p));
      }),
      { numRuns: 200 },
    );
  });
  it('multiplies: the products are those of ordinary arithmetic', () => {
    const kernel = createKernel();
    fc.assert(
      fc.property(problem, (p) => {
        const got = new Float32Array(solve(kernel, p).buffer);
        const { step, span, blocks, signed } = p.shape;
        got.forEach((value, k) => {
          const position = Math.floor(k / (blocks * BLOCK));
          const block = Math.floor(k / BLOCK) % blocks;
          let sum = p.out[k];
          for (let i = 0; i < span; i++) {
            const x = p.x[position * step + i];
            if (x > 0 || signed) sum += x * p.weights[(block * span + i) * BLOCK + (k % BLOCK)];
          }
          expect(Math.abs(value - sum)).toBeLessThan(1e-3);
        });
      }),
      { numRuns: 50 },
    );
  });
});

const sameBits = (a: Float32Array, b: Float32Array): boolean =>
  Buffer.from(a.slice().buffer).equals(Buffer.from(b.slice().buffer));

/** Marks and hears eight seconds with the package as it loads now. */
async function markAndHear(chunk: number): Promise<{ delta: Float32Array[]; slots: HeardSlot[]; plain: boolean }> {
  const { Embedder, makeChips, Receiver } = await import('../src/index.ts');
  const kernel = (await import('../src/kernel.ts')).createKernel();
  const x = voice(8);
  const delta = (['frame', '20ms'] as const).map((mode) => new Embedder(makeChips(), mode, bitsOf).push(x));
  const marked = x.map((v, i) => v + (delta[0][i] ?? 0));
  const slots: HeardSlot[] = [];
  const receiver = new Receiver();
  for (let at = 0; at < marked.length; at += chunk) receiver.push(marked.subarray(at, at + chunk), (s) => slots.push(s));
  receiver.finish((s) => slots.push(s));
  return { delta, slots, plain: kernel.constructor.name === 'PlainKernel' };
}

describe('encoder and receiver', () => {
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.resetModules();
  });
  it('give the same bits with and without WebAssembly, whatever the chunks', async () => {
    const fast = await markAndHear(64000);
    expect(fast.plain).toBe(false);
    expect(fast.slots.length).toBeGreaterThan(2);
    vi.resetModules();
    vi.stubGlobal('WebAssembly', undefined);
    const slow = await markAndHear(37);
    expect(slow.plain).toBe(true);
    expect(slow.slots.length).toBe(fast.slots.length);
    slow.delta.forEach((delta, i) => expect(sameBits(delta, fast.delta[i])).toBe(true));
    slow.slots.forEach((slot, i) => {
      expect(sameBits(slot.llr, fast.slots[i].llr)).toBe(true);
      expect(sameBits(slot.levels, fast.slots[i].levels)).toBe(true);
      expect({ ...slot, llr: null, levels: null }).toEqual({ ...fast.slots[i], llr: null, levels: null });
    });
  });
});
