/** The layers that the temporal and the depth transformer share. */
import { ROPE_PERIOD } from '../config.ts';
import type { Graph, GraphWeight, Value } from '../onnx/graph.ts';
import { CONTRIB_DOMAIN } from '../onnx/types.ts';

export interface GraphOptions {
  /** Also put out the logits, for comparing with upstream. */
  readonly logits?: boolean;
}

const EPSILON = { float: 1e-8 };

/** x over its root mean square, times a scale; computed in float32. */
export function rmsNorm(g: Graph, x: Value, scale: GraphWeight): Value {
  return g.op('SimplifiedLayerNormalization', [x, g.weight(scale)], { axis: -1, epsilon: EPSILON, stash_type: 1 });
}

/** Adds a branch to the residual stream and norms the sum: one kernel instead of two. */
export function addAndNorm(g: Graph, branch: Value, residual: Value, scale: GraphWeight): { normed: Value; sum: Value } {
  const [normed, , , sum] = g.ops(
    'SkipSimplifiedLayerNormalization',
    [branch, residual, g.weight(scale)],
    { epsilon: EPSILON },
    [`${branch}_normed`, '', '', `${branch}_sum`],
    CONTRIB_DOMAIN,
  );
  return { normed, sum };
}

/** out(silu(a) · b), where a and b are the halves of in(x). */
export function gatedFeedForward(g: Graph, x: Value, input: GraphWeight, output: GraphWeight): Value {
  const [gate, value] = g.split(g.linear(x, g.weight(input)), 2, 1);
  // QuickGelu with alpha 1 is SiLU.
  return g.linear(g.op('Mul', [g.contrib('QuickGelu', [gate], { alpha: { float: 1 } }), value]), g.weight(output));
}

/** Rotation tables for positions given as float32 [rows, 1]: cosines and sines [rows, size / 2]. No table of positions, so no limit. */
export function rotation(g: Graph, position: Value, size: number): { cos: Value; sin: Value } {
  const step = Math.fround((-Math.log(ROPE_PERIOD) * 2) / size);
  const frequencies = Float32Array.from({ length: size / 2 }, (_, i) => Math.exp(Math.fround(i * step)));
  const angle = g.op('Mul', [position, g.floats(frequencies, [1, size / 2])]);
  return { cos: g.op('Cos', [angle]), sin: g.op('Sin', [angle]) };
}
