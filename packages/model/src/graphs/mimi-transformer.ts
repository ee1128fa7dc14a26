/**
 * Mimi's transformers: two latent steps per frame, attending to the last `context` steps, this frame's two included (so the first of
 * the two reaches one step less far than the second, as upstream's ring buffer has it). The state is the keys and values before this
 * frame, shifted by two every time: float32 on every device, and nothing ever fills up.
 */
import type { Graph, Value } from '../onnx/graph.ts';
import { FLOAT, INT64 } from '../onnx/types.ts';
import type { MimiWeights } from '../weights/mimi-weights.ts';
import { rotation } from './layers.ts';
import type { Streaming } from './streaming.ts';

/** Latent steps in one frame. */
export const LATENT_STEPS = 2;
const MASKED = -1e9;

/** x: [N, dim, 2] to the same. Inputs that it adds: `position` [2N, 1], `row` [N, 2], `filled` [N, 1, 1, 1] (steps before this frame). */
export function mimiTransformer(g: Graph, s: Streaming, w: MimiWeights, side: 'encoder' | 'decoder', x: Value): Value {
  const c = w.config;
  const size = c.dim / c.heads;
  const { cos, sin } = rotation(g, g.input('position', FLOAT, ['R', 1]), size);
  const row = g.input('row', INT64, ['N', LATENT_STEPS]);
  const mask = attentionMask(g, c.context);
  const scale = g.floats([1 / Math.sqrt(size)]);
  const heads = (y: Value, perm: readonly number[]): Value =>
    g.op('Transpose', [g.reshape(y, [-1, LATENT_STEPS, c.heads, size])], { perm });

  let h = g.reshape(g.op('Transpose', [x], { perm: [0, 2, 1] }), [-1, c.dim]);
  for (let layer = 0; layer < c.layers; layer++) {
    const name = `${side}_transformer.transformer.layers.${layer}`;
    const tensor = (part: string): Value => g.weight(w.tensor(`${name}.${part}`));
    const norm = (y: Value, which: string): Value =>
      g.op('LayerNormalization', [y, tensor(`${which}.weight`), tensor(`${which}.bias`)], { axis: -1, epsilon: { float: 1e-5 } });

    const normed = norm(h, 'norm1');
    // Two products rather than one and a split: an uneven split takes memory of its own, which a recorded run cannot.
    const queriesKeys = g.linear(normed, g.weight(w.rows(`${name}.self_attn.in_proj_weight`, 0, 2 * c.dim)));
    const values = g.linear(normed, g.weight(w.rows(`${name}.self_attn.in_proj_weight`, 2 * c.dim, c.dim)));
    const rotated = g.contrib('RotaryEmbedding', [g.reshape(queriesKeys, [-1, LATENT_STEPS, 2 * c.dim]), row, cos, sin], {
      interleaved: 1,
    });
    const [queries, keys] = g.split(rotated, 2, 2);
    // Keys are kept transposed, as the product with the queries needs them.
    const keyState = s.state([c.heads, size, c.context - LATENT_STEPS]);
    const valueState = s.state([c.heads, c.context - LATENT_STEPS, size]);
    const allKeys = g.op('Concat', [keyState, heads(keys, [0, 2, 3, 1])], { axis: 3 });
    const allValues = g.op('Concat', [valueState, heads(values, [0, 2, 1, 3])], { axis: 2 });
    s.keep(keyState, g.slice(allKeys, LATENT_STEPS, Number.MAX_SAFE_INTEGER, 3), 4);
    s.keep(valueState, g.slice(allValues, LATENT_STEPS, Number.MAX_SAFE_INTEGER, 2), 4);
    const scores = g.op('Mul', [g.op('MatMul', [heads(queries, [0, 2, 1, 3]), allKeys]), scale]);
    const weights = g.op('Softmax', [g.op('Add', [scores, mask])], { axis: -1 });
    const attended = g.op('Transpose', [g.op('MatMul', [weights, allValues])], { perm: [0, 2, 1, 3] });
    const projection = g.linear(g.reshape(attended, [-1, c.dim]), tensor('self_attn.out_proj.weight'));
    h = g.op('Add', [h, g.op('Mul', [projection, tensor('layer_scale_1.scale')])]);

    const wide = g.contrib('Gelu', [g.linear(norm(h, 'norm2'), tensor('linear1.weight'))]);
    h = g.op('Add', [h, g.op('Mul', [g.linear(wide, tensor('linear2.weight')), tensor('layer_scale_2.scale')])]);
  }
  return g.op('Transpose', [g.reshape(h, [-1, LATENT_STEPS, c.dim])], { perm: [0, 2, 1] });
}

/** [N, 1, 2, context]: 0 for steps that exist already and are not after the query's own. */
function attentionMask(g: Graph, context: number): Value {
  const index = Array.from({ length: context }, (_, j) => j);
  const before = context - LATENT_STEPS;
  const causal = [0, 1].flatMap((query) => index.map((j) => (j <= before + query ? 0 : MASKED)));
  const begun = g.op('Sub', [g.floats([before]), g.input('filled', FLOAT, ['N', 1, 1, 1])]);
  const missing = g.op('Less', [g.floats(index, [1, 1, 1, context]), begun]);
  return g.op('Where', [missing, g.floats([MASKED]), g.floats(causal, [1, 1, LATENT_STEPS, context])]);
}
