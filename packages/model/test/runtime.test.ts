import { expect, test } from 'vitest';
import { Graph } from '../src/onnx/graph.ts';
import { FLOAT } from '../src/onnx/types.ts';
import { openRuntime } from '../src/runtime/runtime.ts';

test('a run that needs more memory than there is says so, with the number of bytes, and the next one works', async () => {
  const runtime = await openRuntime({ provider: 'cpu', threads: 1 });
  const sum = (width: number) => {
    const g = new Graph(FLOAT);
    const wide = g.op('Expand', [g.input('x', FLOAT, [1]), g.integers([width])]);
    g.op('ReduceSum', [wide, g.integers([0])], { keepdims: 1 }, g.output('y', FLOAT, [1]));
    const memory = runtime.device.allocate(8);
    runtime.device.upload(memory, 0, Float32Array.of(2, 0));
    const at = (offset: number) => runtime.tensor(memory, offset, FLOAT, [1]);
    runtime.run(runtime.bind(runtime.session(g, new Map()), { x: at(0), y: at(4) }));
    const out = new Float32Array(1);
    runtime.device.download(memory, 4, out);
    return out[0];
  };
  expect(() => sum(2 ** 45)).toThrowError(
    expect.objectContaining({ code: 'out-of-memory', message: expect.stringMatching(new RegExp(String(2 ** 47))) }),
  );
  expect(sum(1000)).toBe(2000);
});
