/**
 * The language model's tensors under their official names. Attention projections come stacked by depth step (`in_proj_weight`, as
 * published) or split (`in_projs.0.weight`, as upstream keeps them in memory); PersonaPlex stacks sixteen steps, of which eight are used.
 */
import { CODEBOOKS, type LmConfig } from '../config.ts';
import { ModelError } from '../errors.ts';
import type { GraphWeight } from '../onnx/graph.ts';
import type { ElementType } from '../onnx/types.ts';
import type { Catalogue, Slice } from './catalogue.ts';

/** Names and shapes as published, for `steps` depth steps. */
export function lmShapes(c: LmConfig, steps: number = CODEBOOKS): Map<string, readonly number[]> {
  const shapes = new Map<string, readonly number[]>();
  for (let k = 0; k < 2 * CODEBOOKS; k++) shapes.set(`emb.${k}.weight`, [c.audioCard + 1, c.dim]);
  shapes.set('text_emb.weight', [c.textCard + 1, c.dim]);
  shapes.set('text_linear.weight', [c.textCard, c.dim]);
  shapes.set('out_norm.alpha', [1, 1, c.dim]);
  for (let layer = 0; layer < c.layers; layer++) {
    const p = `transformer.layers.${layer}.`;
    shapes.set(`${p}self_attn.in_proj_weight`, [3 * c.dim, c.dim]);
    shapes.set(`${p}self_attn.out_proj.weight`, [c.dim, c.dim]);
    for (const norm of ['norm1', 'norm2']) shapes.set(`${p}${norm}.alpha`, [1, 1, c.dim]);
    shapes.set(`${p}gating.linear_in.weight`, [2 * c.ffn, c.dim]);
    shapes.set(`${p}gating.linear_out.weight`, [c.dim, c.ffn]);
  }
  shapes.set('depformer_text_emb.weight', [c.textCard + 1, c.depthDim]);
  for (let k = 0; k < steps; k++) {
    shapes.set(`depformer_in.${k}.weight`, [c.depthDim, c.dim]);
    shapes.set(`linears.${k}.weight`, [c.audioCard, c.depthDim]);
    if (k + 1 < steps) shapes.set(`depformer_emb.${k}.weight`, [c.audioCard + 1, c.depthDim]);
  }
  for (let layer = 0; layer < c.depthLayers; layer++) {
    const p = `depformer.layers.${layer}.`;
    shapes.set(`${p}self_attn.in_proj_weight`, [steps * 3 * c.depthDim, c.depthDim]);
    shapes.set(`${p}self_attn.out_proj.weight`, [steps * c.depthDim, c.depthDim]);
    for (const norm of ['norm1', 'norm2']) shapes.set(`${p}${norm}.alpha`, [1, 1, c.depthDim]);
    for (let k = 0; k < steps; k++) {
      shapes.set(`${p}gating.${k}.linear_in.weight`, [2 * c.depthFfn, c.depthDim]);
      shapes.set(`${p}gating.${k}.linear_out.weight`, [c.depthDim, c.depthFfn]);
    }
  }
  return shapes;
}

/** Depth steps that the file stores: 8 (Moshi) or 16 (PersonaPlex). */
export function storedDepthSteps(catalogue: Catalogue): number {
  let steps = 0;
  while (catalogue.has(`linears.${steps}.weight`)) steps++;
  if (steps === 8 || steps === 16) return steps;
  throw new ModelError(
    steps === 0 ? 'tensor-missing' : 'tensor-mismatch',
    `${catalogue.source.label}: there are ${steps} tensors linears.N.weight, a model has 8 or 16`,
  );
}

/** The graph weights of the language model. */
export class LmWeights {
  readonly config: LmConfig;
  private readonly catalogue: Catalogue;
  private readonly type: ElementType;
  private readonly shapes: Map<string, readonly number[]>;

  constructor(catalogue: Catalogue, config: LmConfig, type: ElementType) {
    this.catalogue = catalogue;
    this.config = config;
    this.type = type;
    this.shapes = lmShapes(config, storedDepthSteps(catalogue));
  }

  /** All temporal embeddings as one table: the sixteen codebooks, then text. */
  embeddings(): GraphWeight {
    const names = [...Array.from({ length: 2 * CODEBOOKS }, (_, k) => `emb.${k}.weight`), 'text_emb.weight'];
    const rows = 2 * CODEBOOKS * (this.config.audioCard + 1) + this.config.textCard + 1;
    return this.define('embeddings', [rows, this.config.dim], names.map((name) => this.all(name)));
  }

  /** A norm's scale. */
  norm(name: string): GraphWeight {
    return this.define(name, [this.shapeOf(name)[2]], [this.all(name)]);
  }

  /** A whole linear layer, as it is stored. */
  linear(name: string): GraphWeight {
    return this.define(name, this.shapeOf(name), [this.all(name)]);
  }

  /** What the depth transformer's steps take of the hidden value, one below the other. */
  depthInputs(): GraphWeight {
    const names = Array.from({ length: CODEBOOKS }, (_, k) => `depformer_in.${k}.weight`);
    const dims = [CODEBOOKS * this.config.depthDim, this.config.dim];
    return this.define('depformer_in', dims, names.map((name) => this.all(name)));
  }

  /** `layer`: for example `transformer.layers.3`; queries, keys and values of one depth step. */
  inProjection(layer: string, step = 0): GraphWeight {
    return this.projection(layer, 'in', step);
  }

  outProjection(layer: string, step = 0): GraphWeight {
    return this.projection(layer, 'out', step);
  }

  /** Stacked inwards: three square matrices a step; outwards one. */
  private projection(layer: string, way: 'in' | 'out', step: number): GraphWeight {
    const stacked = `${layer}.self_attn.${way === 'in' ? 'in_proj_weight' : 'out_proj.weight'}`;
    const split = `${layer}.self_attn.${way}_projs.${step}.weight`;
    const shape = this.shapeOf(stacked);
    const width = shape[1];
    const rows = (way === 'in' ? 3 : 1) * width;
    const slice = this.catalogue.has(split)
      ? this.catalogue.rows(split, [rows, width])
      : this.catalogue.rows(stacked, shape, step * rows, rows);
    return this.define(`${stacked}@${step}`, [rows, width], [slice]);
  }

  private shapeOf(name: string): readonly number[] {
    const shape = this.shapes.get(name);
    if (!shape) throw new ModelError('tensor-missing', `the model has no tensor ${name}`);
    return shape;
  }

  private all(name: string): Slice {
    return this.catalogue.rows(name, this.shapeOf(name));
  }

  private define(key: string, dims: readonly number[], slices: readonly Slice[]): GraphWeight {
    return this.catalogue.define(key, this.type, dims, slices);
  }
}
