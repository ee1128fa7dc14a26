/** Whether a provider works here, tried for real. */
import { Graph } from '../onnx/graph.ts';
import { FLOAT } from '../onnx/types.ts';
import { openRuntime } from './runtime.ts';

/**
 * Runs one addition on a provider and says with what.
 * @throws ModelError `runtime-missing` naming what to install, `runtime-failed`
 */
export async function probeRuntime(provider: 'cpu' | 'cuda'): Promise<string> {
  const runtime = await openRuntime({ provider });
  const graph = new Graph(FLOAT);
  graph.op('Add', [graph.input('x', FLOAT, [1]), graph.floats([1])], {}, graph.output('y', FLOAT, [1]));
  const memory = runtime.device.allocate(8);
  runtime.device.upload(memory, 0, Float32Array.of(2, 0));
  const session = runtime.session(graph, new Map());
  runtime.run(runtime.bind(session, { x: runtime.tensor(memory, 0, FLOAT, [1]), y: runtime.tensor(memory, 4, FLOAT, [1]) }));
  const sum = new Float32Array(1);
  runtime.device.download(memory, 4, sum);
  const free = (runtime.device.freeBytes() / 2 ** 30).toFixed(1);
  return `ONNX Runtime ${runtime.version} computes ${sum[0] === 3 ? 'rightly' : 'WRONGLY'}; ${free} GiB free`;
}
