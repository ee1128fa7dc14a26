/** Mimi's tensors under their official names. Float32 everywhere; of 32 codebooks the first eight are used. */
import { CODEBOOKS, type MimiConfig } from '../config.ts';
import { ModelError } from '../errors.ts';
import type { GraphWeight } from '../onnx/graph.ts';
import { FLOAT } from '../onnx/types.ts';
import type { Catalogue } from './catalogue.ts';

/** Strides from the waveform to the latent, 24 kHz to 25 Hz. */
export const STRIDES: readonly number[] = [4, 5, 6, 8];

/** Names and shapes as published, of what eight codebooks need. */
export function mimiShapes(c: MimiConfig): Map<string, readonly number[]> {
  const shapes = new Map<string, readonly number[]>();
  const conv = (name: string, shape: readonly number[], outputs: number): void => {
    shapes.set(`${name}.weight`, shape);
    shapes.set(`${name}.bias`, [outputs]);
  };
  const residual = (name: string, channels: number): void => {
    conv(`${name}.block.1.conv.conv`, [channels / 2, channels, 3], channels / 2);
    conv(`${name}.block.3.conv.conv`, [channels, channels / 2, 1], channels);
  };
  const widest = c.filters * 2 ** STRIDES.length;

  conv('encoder.model.0.conv.conv', [c.filters, 1, 7], c.filters);
  STRIDES.forEach((stride, i) => {
    const channels = c.filters * 2 ** i;
    residual(`encoder.model.${3 * i + 1}`, channels);
    conv(`encoder.model.${3 * i + 3}.conv.conv`, [2 * channels, channels, 2 * stride], 2 * channels);
  });
  conv('encoder.model.14.conv.conv', [c.dim, widest, 3], c.dim);

  conv('decoder.model.0.conv.conv', [widest, c.dim, 7], widest);
  STRIDES.toReversed().forEach((stride, i) => {
    const channels = widest / 2 ** i;
    conv(`decoder.model.${3 * i + 2}.convtr.convtr`, [channels, channels / 2, 2 * stride], channels / 2);
    residual(`decoder.model.${3 * i + 3}`, channels / 2);
  });
  conv('decoder.model.14.conv.conv', [1, c.filters, 3], 1);

  shapes.set('downsample.conv.conv.conv.weight', [c.dim, c.dim, 4]);
  shapes.set('upsample.convtr.convtr.convtr.weight', [c.dim, 1, 4]);

  for (const side of ['encoder', 'decoder'])
    for (let layer = 0; layer < c.layers; layer++) {
      const p = `${side}_transformer.transformer.layers.${layer}.`;
      shapes.set(`${p}self_attn.in_proj_weight`, [3 * c.dim, c.dim]);
      shapes.set(`${p}self_attn.out_proj.weight`, [c.dim, c.dim]);
      for (const norm of ['norm1', 'norm2']) for (const part of ['weight', 'bias']) shapes.set(`${p}${norm}.${part}`, [c.dim]);
      shapes.set(`${p}linear1.weight`, [c.ffn, c.dim]);
      shapes.set(`${p}linear2.weight`, [c.dim, c.ffn]);
      for (const n of [1, 2]) shapes.set(`${p}layer_scale_${n}.scale`, [c.dim]);
    }

  for (const [part, books] of [
    ['rvq_first', 1],
    ['rvq_rest', CODEBOOKS - 1],
  ] as const) {
    shapes.set(`quantizer.${part}.input_proj.weight`, [c.codebookDim, c.dim, 1]);
    shapes.set(`quantizer.${part}.output_proj.weight`, [c.dim, c.codebookDim, 1]);
    for (let i = 0; i < books; i++) {
      const p = `quantizer.${part}.vq.layers.${i}._codebook.`;
      shapes.set(`${p}embedding_sum`, [c.codebookSize, c.codebookDim]);
      shapes.set(`${p}cluster_usage`, [c.codebookSize]);
    }
  }
  return shapes;
}

export class MimiWeights {
  readonly config: MimiConfig;
  private readonly catalogue: Catalogue;
  private readonly shapes: Map<string, readonly number[]>;

  constructor(catalogue: Catalogue, config: MimiConfig) {
    this.catalogue = catalogue;
    this.config = config;
    this.shapes = mimiShapes(config);
  }

  /** A tensor as it is stored, or with other dimensions of the same size. */
  tensor(name: string, dims?: readonly number[]): GraphWeight {
    const shape = this.shapeOf(name);
    const key = dims ? `${name}@${dims.join('x')}` : name;
    return this.catalogue.define(key, FLOAT, dims ?? shape, [this.catalogue.rows(name, shape)]);
  }

  /** A matrix whose rows are multiplied by a scale: a layer scale that follows a linear layer is a part of it. */
  scaled(name: string, scale: string): GraphWeight {
    const shape = this.shapeOf(name);
    return this.catalogue.define(`${name}@scaled`, FLOAT, shape, () => {
      const scales = this.catalogue.values(scale, this.shapeOf(scale));
      return this.catalogue.values(name, shape).map((v, i) => v * scales[Math.floor(i / shape[1])]);
    });
  }

  /** A codebook's vectors: the sum of what fell on each entry over how often. [codebookSize, codebookDim] */
  codebook(index: number): GraphWeight {
    return this.catalogue.define(`codebook.${index}`, FLOAT, [this.config.codebookSize, this.config.codebookDim], () => this.vectors(index));
  }

  /** −|e|²/2 of a codebook's vectors: with it the nearest vector has the largest score x·e − |e|²/2. */
  codebookBias(index: number): GraphWeight {
    return this.catalogue.define(`codebook.${index}.bias`, FLOAT, [this.config.codebookSize], () => {
      const vectors = this.vectors(index);
      const width = this.config.codebookDim;
      return Float32Array.from({ length: this.config.codebookSize }, (_, row) => {
        let sum = 0;
        for (let i = row * width; i < (row + 1) * width; i++) sum += vectors[i] * vectors[i];
        return -sum / 2;
      });
    });
  }

  private vectors(index: number): Float32Array {
    const p = index === 0 ? 'quantizer.rvq_first.vq.layers.0._codebook.' : `quantizer.rvq_rest.vq.layers.${index - 1}._codebook.`;
    const width = this.config.codebookDim;
    const usage = this.catalogue.values(`${p}cluster_usage`, this.shapeOf(`${p}cluster_usage`));
    return this.catalogue
      .values(`${p}embedding_sum`, this.shapeOf(`${p}embedding_sum`))
      .map((sum, i) => sum / Math.max(usage[Math.floor(i / width)], 1e-5));
  }

  private shapeOf(name: string): readonly number[] {
    const shape = this.shapes.get(name);
    if (!shape) throw new ModelError('tensor-missing', `the codec has no tensor ${name}`);
    return shape;
  }
}
