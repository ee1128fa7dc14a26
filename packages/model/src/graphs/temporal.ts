/**
 * The temporal transformer. `decodeGraph` advances N calls by one step each and samples the text token; `prefillGraph` runs many
 * steps of one call through some of the layers, so that a long prompt can be taken in without holding up the other calls.
 */
import { ADJUSTED_TOKENS, CODEBOOKS, STREAMS, TEXT_TOP_K } from '../config.ts';
import { Graph, type Value } from '../onnx/graph.ts';
import { BOOL, CONTRIB_DOMAIN, type ElementType, FLOAT, INT32, INT64 } from '../onnx/types.ts';
import type { LmWeights } from '../weights/lm-weights.ts';
import { addAndNorm, type GraphOptions, gatedFeedForward, rmsNorm, rotate, rotation } from './layers.ts';
import { adjust, sample } from './sampler.ts';

/** Names of a layer's cache, as inputs; the outputs have `new_` before them and share the inputs' memory. */
export const cacheNames = (layer: number): { key: string; value: string } => ({ key: `key_${layer}`, value: `value_${layer}` });

/**
 * One step of N calls. The caller's newest first code may come from the codec's output on the device (`heard` [N, 8]): it takes the
 * place of those `tokens` [N, 17] for which `is_heard` holds. Outputs: `hidden` [N, dim] and `text_token` int64 [N, 1]; with
 * `logits` also `text_logits`, as they are before a call's preferences.
 */
export function decodeGraph(w: LmWeights, compute: ElementType, { logits = false }: GraphOptions = {}): Graph {
  const g = new Graph(compute);
  const c = w.config;
  const newest = g.slice(g.input('heard', INT64, ['N', CODEBOOKS]), 0, 1, 1);
  const given = g.input('tokens', INT64, ['N', STREAMS]);
  const x = embed(g, w, g.op('Where', [g.input('is_heard', BOOL, ['N', STREAMS]), newest, given]));
  const stack = layers(g, w, x, { rows: 'N', steps: 1, from: 0, to: c.layers });
  const { normed } = addAndNorm(g, stack.branch, stack.residual, w.norm('out_norm.alpha'));
  g.op('Identity', [normed], {}, g.output('hidden', compute, ['N', c.dim]));
  const scores = g.toFloat(g.linear(normed, g.weight(w.linear('text_linear.weight'))));
  if (logits) g.op('Identity', [scores], {}, g.output('text_logits', FLOAT, ['N', c.textCard]));
  const adjusted = adjust(g, scores, {
    places: g.input('text_adjusted', INT64, ['N', ADJUSTED_TOKENS]),
    penalty: g.input('text_penalty', FLOAT, ['N', ADJUSTED_TOKENS]),
    shift: g.input('text_shift', FLOAT, ['N', ADJUSTED_TOKENS]),
  });
  const noise = g.input('text_noise', FLOAT, ['N', TEXT_TOP_K]);
  const inverseTemperature = g.input('text_inverse_temperature', FLOAT, ['N', 1]);
  sample(g, adjusted, c.textCard, TEXT_TOP_K, { inverseTemperature, noise }, g.output('text_token', INT64, ['N', 1]));
  return g;
}

/**
 * S steps of one call through layers `from` … `to`. The first part takes `tokens` and, for steps given as embeddings (`is_embedded`
 * 1 instead of 0), `embedded`; the others take `hidden_in`. Output: `hidden` [S, dim], not normed.
 */
export function prefillGraph(w: LmWeights, compute: ElementType, from: number, to: number): Graph {
  const g = new Graph(compute);
  const c = w.config;
  let x: Value;
  if (from === 0) {
    const given = g.toCompute(g.input('embedded', FLOAT, ['N', c.dim]));
    const isGiven = g.op('Cast', [g.input('is_embedded', FLOAT, ['N', 1])], { to: BOOL });
    x = g.op('Where', [isGiven, given, embed(g, w, g.input('tokens', INT64, ['N', STREAMS]))]);
  } else x = g.input('hidden_in', compute, ['N', c.dim]);
  const { branch, residual } = layers(g, w, x, { rows: 1, steps: 'N', from, to });
  g.op('Add', [branch, residual], {}, g.output('hidden', compute, ['N', c.dim]));
  return g;
}

/** The sum of the seventeen embeddings, from one table: [N, dim]. */
function embed(g: Graph, w: LmWeights, tokens: Value): Value {
  const card = w.config.audioCard + 1;
  const starts = [2 * CODEBOOKS * card, ...Array.from({ length: 2 * CODEBOOKS }, (_, k) => k * card)];
  const rows = g.op('Add', [tokens, g.integers(starts, [1, STREAMS])]);
  return g.op('ReduceSum', [g.op('Gather', [g.weight(w.embeddings()), rows]), g.integers([1])], { keepdims: 0 });
}

interface Extent {
  /** Calls and steps of each: N and 1, or 1 and N. */
  readonly rows: number | 'N';
  readonly steps: number | 'N';
  readonly from: number;
  readonly to: number;
}

/** Returns the last layer's feed-forward output, not yet added to the residual stream. */
function layers(g: Graph, w: LmWeights, input: Value, { rows, steps, from, to }: Extent): { branch: Value; residual: Value } {
  const c = w.config;
  const size = c.dim / c.heads;
  const turn = rotation(g, g.input('position', FLOAT, ['N', 1]), g.input('row', INT64, ['N', 3]), size);
  const last = g.input('last_index', INT32, [rows]);
  const total = g.input('total', INT32, [1]);
  let residual = input;
  let normed = rmsNorm(g, input, w.norm(`transformer.layers.${from}.norm1.alpha`));
  for (let layer = from; ; layer++) {
    const name = `transformer.layers.${layer}`;
    const turned = rotate(g, g.linear(normed, g.weight(w.inProjection(name))), c.dim, turn);
    const packed = g.reshape(turned, steps === 1 ? [-1, 1, 3 * c.dim] : [1, -1, 3 * c.dim]);
    const cache = cacheNames(layer);
    for (const part of [cache.key, cache.value]) {
      g.input(part, g.compute, [rows, c.heads, 'C', size]);
      g.output(`new_${part}`, g.compute, [rows, c.heads, 'C', size]);
    }
    const [attended] = g.ops(
      'GroupQueryAttention',
      [packed, '', '', cache.key, cache.value, last, total],
      { num_heads: c.heads, kv_num_heads: c.heads, local_window_size: c.context },
      [`attended_${layer}`, `new_${cache.key}`, `new_${cache.value}`],
      CONTRIB_DOMAIN,
    );
    const projection = g.linear(g.reshape(attended, [-1, c.dim]), g.weight(w.outProjection(name)));
    const middle = addAndNorm(g, projection, residual, w.norm(`${name}.norm2.alpha`));
    const branch = gatedFeedForward(
      g,
      middle.normed,
      w.linear(`${name}.gating.linear_in.weight`),
      w.linear(`${name}.gating.linear_out.weight`),
    );
    if (layer + 1 === to) return { branch, residual: middle.sum };
    const next = addAndNorm(g, branch, middle.sum, w.norm(`transformer.layers.${layer + 1}.norm1.alpha`));
    normed = next.normed;
    residual = next.sum;
  }
}
