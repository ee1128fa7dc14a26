/**
 * The depth transformer: from a step's hidden value and text token to the eight codes of the model's own voice. Eight steps, each
 * with weights of its own, unrolled into one graph; each step's sampled code is the next step's input.
 */
import { AUDIO_TOP_K, CODEBOOKS } from '../config.ts';
import { Graph, type Value } from '../onnx/graph.ts';
import { CONTRIB_DOMAIN, type ElementType, FLOAT, INT32, INT64 } from '../onnx/types.ts';
import type { LmWeights } from '../weights/lm-weights.ts';
import { addAndNorm, type GraphOptions, gatedFeedForward, rmsNorm } from './layers.ts';
import { sample } from './sampler.ts';

/**
 * Outputs: `codes` int64 [N, 8], and `spoken` [N, 8], the frame that they complete: its first code is `first_code` [N, 1], the step
 * before's, for the other codebooks come one step later. With `logits` also `logits_0` … `logits_7`. The cache is scratch: every run
 * starts anew.
 */
export function depthGraph(w: LmWeights, compute: ElementType, { logits = false }: GraphOptions = {}): Graph {
  const g = new Graph(compute);
  const c = w.config;
  const size = c.depthDim / c.depthHeads;
  const text = g.input('text_token', INT64, ['N', 1]);
  const hidden = g.input('hidden', compute, ['N', c.dim]);
  const inverseTemperature = g.input('audio_inverse_temperature', FLOAT, ['N', 1]);
  const noises = g.split(g.input('audio_noise', FLOAT, ['N', CODEBOOKS * AUDIO_TOP_K]), CODEBOOKS, 1);
  const capacity = g.input('capacity', INT32, [1]);
  for (let layer = 0; layer < c.depthLayers; layer++)
    for (const part of ['key', 'value']) g.input(`${part}_${layer}`, compute, ['N', c.depthHeads, CODEBOOKS, size]);

  const inputs = g.split(g.linear(hidden, g.weight(w.depthInputs())), CODEBOOKS, 1);
  const codes: Value[] = [];
  for (let step = 0; step < CODEBOOKS; step++) {
    const table = w.linear(step === 0 ? 'depformer_text_emb.weight' : `depformer_emb.${step - 1}.weight`);
    const embedded = g.reshape(g.op('Gather', [g.weight(table), step === 0 ? text : codes[step - 1]]), [-1, c.depthDim]);
    const last = g.input(`index_${step}`, INT32, ['N']);
    let residual = g.op('Add', [inputs[step], embedded]);
    let normed = rmsNorm(g, residual, w.norm('depformer.layers.0.norm1.alpha'));
    for (let layer = 0; layer < c.depthLayers; layer++) {
      const name = `depformer.layers.${layer}`;
      const projected = g.reshape(g.linear(normed, g.weight(w.inProjection(name, step))), [-1, 1, 3 * c.depthDim]);
      const updated = ['key', 'value'].map((part) =>
        g.output(`${part}_${layer}_${step}`, compute, ['N', c.depthHeads, CODEBOOKS, size]),
      );
      const [attended] = g.ops(
        'GroupQueryAttention',
        [projected, '', '', `key_${layer}`, `value_${layer}`, last, capacity],
        { num_heads: c.depthHeads, kv_num_heads: c.depthHeads },
        [`attended_${layer}_${step}`, ...updated],
        CONTRIB_DOMAIN,
      );
      const projection = g.linear(g.reshape(attended, [-1, c.depthDim]), g.weight(w.outProjection(name, step)));
      const middle = addAndNorm(g, projection, residual, w.norm(`${name}.norm2.alpha`));
      const branch = gatedFeedForward(
        g,
        middle.normed,
        w.linear(`${name}.gating.${step}.linear_in.weight`),
        w.linear(`${name}.gating.${step}.linear_out.weight`),
      );
      if (layer + 1 === c.depthLayers) residual = g.op('Add', [branch, middle.sum]);
      else {
        const next = addAndNorm(g, branch, middle.sum, w.norm(`depformer.layers.${layer + 1}.norm1.alpha`));
        normed = next.normed;
        residual = next.sum;
      }
    }
    const scores = g.toFloat(g.linear(residual, g.weight(w.linear(`linears.${step}.weight`))));
    if (logits) g.op('Identity', [scores], {}, g.output(`logits_${step}`, FLOAT, ['N', c.audioCard]));
    codes.push(sample(g, scores, c.audioCard, AUDIO_TOP_K, { inverseTemperature, noise: noises[step] }));
  }
  g.op('Concat', codes, { axis: 1 }, g.output('codes', INT64, ['N', CODEBOOKS]));
  const spoken = [g.input('first_code', INT64, ['N', 1]), ...codes.slice(1)];
  g.op('Concat', spoken, { axis: 1 }, g.output('spoken', INT64, ['N', CODEBOOKS]));
  return g;
}
