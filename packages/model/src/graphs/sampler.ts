/**
 * Sampling inside the graph. Upstream draws argmax(p / e) with exponential noise e over the k likeliest; in logarithms that is
 * argmax(logit / temperature + g) with Gumbel noise g, so with the noise as an input the graph is deterministic.
 * Noise of −∞ shuts out a candidate (a smaller k); no noise is the greedy choice.
 */
import type { Graph, Value } from '../onnx/graph.ts';

export interface SamplerInputs {
  /** float32 [rows, 1]: one over the temperature. */
  readonly inverseTemperature: Value;
  /** float32 [rows, k]: noise for the k likeliest, likeliest first. */
  readonly noise: Value;
}

export interface Adjustments {
  /** int64 [rows, n]: places in the row; where one comes twice, with the same values. */
  readonly places: Value;
  /** float32 [rows, n]: positive logits are divided by it, negative ones multiplied. */
  readonly penalty: Value;
  /** float32 [rows, n]: added. */
  readonly shift: Value;
}

/** Changes some logits of each row; a penalty of 1 and a shift of 0 change nothing. */
export function adjust(g: Graph, logits: Value, { places, penalty, shift }: Adjustments): Value {
  const before = g.op('GatherElements', [logits, places], { axis: 1 });
  const zero = g.floats([0]);
  const positive = g.op('Div', [g.op('Max', [before, zero]), penalty]);
  const negative = g.op('Mul', [g.op('Min', [before, zero]), penalty]);
  const after = g.op('Add', [g.op('Add', [positive, negative]), shift]);
  return g.op('ScatterElements', [logits, places, after], { axis: 1 });
}

/** The k largest of each row and their places; rows wider than a few thousand are searched in pieces, which GPUs do in parallel. */
function largest(g: Graph, logits: Value, width: number, k: number): { values: Value; places: Value } {
  const pieces = width >= 16000 && width % 32 === 0 ? 32 : 1;
  const top = (x: Value): Value[] => g.ops('TopK', [x, g.integers([k])], { axis: -1 }, 2);
  if (pieces === 1) {
    const [values, places] = top(logits);
    return { values, places };
  }
  const piece = width / pieces;
  const [few, within] = top(g.reshape(logits, [-1, piece]));
  const starts = g.integers(
    Array.from({ length: pieces }, (_, i) => i * piece),
    [1, pieces, 1],
  );
  const absolute = g.reshape(g.op('Add', [g.reshape(within, [-1, pieces, k]), starts]), [-1, pieces * k]);
  const [values, best] = top(g.reshape(few, [-1, pieces * k]));
  return { values, places: g.op('GatherElements', [absolute, best], { axis: 1 }) };
}

/** The token of each row, int64 [rows, 1]. `logits`: float32 [rows, width]. */
export function sample(g: Graph, logits: Value, width: number, k: number, inputs: SamplerInputs, name?: string): Value {
  const { values, places } = largest(g, logits, width, k);
  const scores = g.op('Add', [g.op('Mul', [values, inputs.inverseTemperature]), inputs.noise]);
  const [, winner] = g.ops('TopK', [scores, g.integers([1])], { axis: -1 }, 2);
  return g.op('GatherElements', [places, winner], { axis: 1 }, name);
}
