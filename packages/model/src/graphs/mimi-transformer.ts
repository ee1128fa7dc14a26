/**
 * Mimi's transformers: two latent steps per frame, attending to the last `context` steps, this frame's two included (so the first of
 * the two reaches one step less far than the second, as upstream's ring buffer has it). Keys and values are such a ring: the two new
 * steps take the places of the oldest, in place, and a mask says which places a step sees. Float32 on every device.
 */
import type { MimiConfig } from '../config.ts';
import type { Graph, GraphWeight, Value } from '../onnx/graph.ts';
import { CONTRIB_DOMAIN, FLOAT, INT64 } from '../onnx/types.ts';
import type { MimiWeights } from '../weights/mimi-weights.ts';
import { rotate, rotation } from './layers.ts';
import type { Streaming } from './streaming.ts';

/** Latent steps in one frame. */
export const LATENT_STEPS = 2;
/** Added to the score of a place that a step does not see. */
export const MASKED = -1e9;
const EPSILON = { float: 1e-5 };

/** Places of the ring, and at least one more, where calls without a frame write what nobody sees. */
export const ringSize = ({ context }: MimiConfig): number => 8 * Math.ceil((context + 1) / 8);

/**
 * x: [N, dim, 2] to the same. Inputs that it adds: `position` [2N, 1], `row` [2N, 3], `place` [N, 2, heads, 3] (call, head and place
 * in the ring of each step), `mask` [N, 1, 2, ring].
 */
export function mimiTransformer(g: Graph, s: Streaming, w: MimiWeights, side: 'encoder' | 'decoder', x: Value): Value {
  const c = w.config;
  const size = c.dim / c.heads;
  const ring = ringSize(c);
  const turn = rotation(g, g.input('position', FLOAT, ['R', 1]), g.input('row', INT64, ['R', 3]), size);
  const place = g.input('place', INT64, ['N', LATENT_STEPS, c.heads, 3]);
  const mask = g.input('mask', FLOAT, ['N', 1, LATENT_STEPS, ring]);
  const heads = (y: Value): Value => g.reshape(y, [-1, LATENT_STEPS, c.heads, size]);
  const swap = (y: Value): Value => g.op('Transpose', [y], { perm: [0, 2, 1, 3] });
  const remember = (y: Value): Value => s.update([c.heads, ring, size], place, heads(y));

  let sum = g.reshape(g.op('Transpose', [x], { perm: [0, 2, 1] }), [-1, c.dim]);
  let branch: Value | null = null;
  for (let layer = 0; layer < c.layers; layer++) {
    const name = `${side}_transformer.transformer.layers.${layer}`;
    const norm = (which: string): Value => {
      const [scale, bias] = ['weight', 'bias'].map((part) => g.weight(w.tensor(`${name}.${which}.${part}`)));
      if (branch === null) return g.op('LayerNormalization', [sum, scale, bias], { axis: -1, epsilon: EPSILON });
      const outputs = [`${name}_${which}`, '', '', `${name}_${which}_sum`];
      g.ops('SkipLayerNormalization', [branch, sum, scale, bias], { epsilon: EPSILON }, outputs, CONTRIB_DOMAIN);
      sum = outputs[3];
      return outputs[0];
    };
    const linear = (y: Value, weight: GraphWeight): Value => g.linear(y, g.weight(weight));

    const turned = rotate(g, linear(norm('norm1'), w.tensor(`${name}.self_attn.in_proj_weight`)), c.dim, turn);
    const [queries, keys, values] = g.split(turned, 3, 1);
    const scores = g.contrib('FusedMatMul', [swap(heads(queries)), remember(keys)], {
      transB: 1,
      alpha: { float: 1 / Math.sqrt(size) },
    });
    const weights = g.op('Softmax', [g.op('Add', [scores, mask])], { axis: -1 });
    const attended = g.reshape(swap(g.op('MatMul', [weights, remember(values)])), [-1, c.dim]);
    branch = linear(attended, w.scaled(`${name}.self_attn.out_proj.weight`, `${name}.layer_scale_1.scale`));
    const wide = g.contrib('Gelu', [linear(norm('norm2'), w.tensor(`${name}.linear1.weight`))]);
    branch = linear(wide, w.scaled(`${name}.linear2.weight`, `${name}.layer_scale_2.scale`));
  }
  const out = branch === null ? sum : g.op('Add', [branch, sum]);
  return g.op('Transpose', [g.reshape(out, [-1, LATENT_STEPS, c.dim])], { perm: [0, 2, 1] });
}
