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

/** Tables for turning queries and keys by their steps' positions; no table of all positions, so no limit. */
export interface Rotation {
  readonly cos: Value;
  readonly sin: Value;
  /** int64 [steps, 3], see {@link rotationRows}. */
  readonly row: Value;
}

/** ONNX Runtime wants at least as many rows as it reads at once: three, of which a lone step brings one. */
const FIRST_ROW = 2;

/** The tables' rows for one step's query, key and value; a value takes row 0, whose position is 0: it is not turned. */
export const rotationRows = (step: number): readonly [number, number, number] => [FIRST_ROW + step, FIRST_ROW + step, 0];

/** `position`: float32 [steps, 1]. */
export function rotation(g: Graph, position: Value, row: Value, size: number): Rotation {
  const step = Math.fround((-Math.log(ROPE_PERIOD) * 2) / size);
  const frequencies = Float32Array.from({ length: size / 2 }, (_, i) => Math.exp(Math.fround(i * step)));
  const positions = g.op('Concat', [g.floats(new Array(FIRST_ROW).fill(0), [FIRST_ROW, 1]), position], { axis: 0 });
  const angle = g.op('Mul', [positions, g.floats(frequencies, [1, size / 2])]);
  return { cos: g.op('Cos', [angle]), sin: g.op('Sin', [angle]), row };
}

/** Turns queries and keys, in float32 as upstream does: [steps, 3·dim] to [steps, 3, dim]. One kernel, for the values pass unchanged. */
export function rotate(g: Graph, projected: Value, dim: number, { cos, sin, row }: Rotation): Value {
  const parts = g.toFloat(g.reshape(projected, [-1, 3, dim]));
  return g.toCompute(g.contrib('RotaryEmbedding', [parts, row, cos, sin], { interleaved: 1 }));
}
