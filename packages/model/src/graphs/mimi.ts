/** Mimi, frame by frame for N calls: `audio` [N, 1, 1920] to `codes` [N, 8], and `codes` to `audio`. */
import { CODEBOOKS, FRAME_SAMPLES } from '../config.ts';
import { Graph, type Value } from '../onnx/graph.ts';
import { BOOL, FLOAT, INT64 } from '../onnx/types.ts';
import { type MimiWeights, STRIDES } from '../weights/mimi-weights.ts';
import { LATENT_STEPS, mimiTransformer } from './mimi-transformer.ts';
import { type StateInfo, Streaming } from './streaming.ts';

export interface CodecGraph {
  readonly graph: Graph;
  readonly states: readonly StateInfo[];
}

export function mimiEncoderGraph(w: MimiWeights): CodecGraph {
  const g = new Graph(FLOAT);
  const s = new Streaming(g, w);
  const c = w.config;
  let channels = c.filters;
  let x = s.conv(g.input('audio', FLOAT, ['N', 1, FRAME_SAMPLES]), 'encoder.model.0.conv.conv', 1, 7);
  STRIDES.forEach((stride, i) => {
    x = s.residual(x, `encoder.model.${3 * i + 1}`, channels);
    x = s.conv(s.elu(x), `encoder.model.${3 * i + 3}.conv.conv`, channels, 2 * stride, stride);
    channels *= 2;
  });
  x = s.conv(s.elu(x), 'encoder.model.14.conv.conv', channels, 3);
  x = mimiTransformer(g, s, w, 'encoder', x);
  const first = g.input('first', BOOL, ['N', 1, 1]);
  x = s.conv(x, 'downsample.conv.conv.conv', c.dim, 4, 2, { bias: false, first });
  quantize(g, w, g.reshape(x, [-1, c.dim]));
  return { graph: g, states: s.states };
}

/** The first codebook and the other seven each quantise the same latent; the seven one residual after the other. */
function quantize(g: Graph, w: MimiWeights, latent: Value): void {
  const c = w.config;
  const codes: Value[] = [];
  const nearest = (x: Value): Value => {
    const index = codes.length;
    const scores = g.op('Gemm', [x, g.weight(w.codebook(index)), g.weight(w.codebookBias(index))], { transB: 1 });
    const [, code] = g.ops('TopK', [scores, g.integers([1])], { axis: -1 }, 2);
    codes.push(code);
    return g.reshape(g.op('Gather', [g.weight(w.codebook(index)), code]), [-1, c.codebookDim]);
  };
  const project = (part: string): Value =>
    g.linear(latent, g.weight(w.tensor(`quantizer.${part}.input_proj.weight`, [c.codebookDim, c.dim])));
  nearest(project('rvq_first'));
  let residual = project('rvq_rest');
  for (let i = 1; i < CODEBOOKS; i++) residual = g.op('Sub', [residual, nearest(residual)]);
  g.op('Concat', codes, { axis: 1 }, g.output('codes', INT64, ['N', CODEBOOKS]));
}

export function mimiDecoderGraph(w: MimiWeights): CodecGraph {
  const g = new Graph(FLOAT);
  const s = new Streaming(g, w);
  const c = w.config;
  let x = s.convTranspose(dequantize(g, w), 'upsample.convtr.convtr.convtr', c.dim, 1, 2, c.dim);
  x = mimiTransformer(g, s, w, 'decoder', x);
  let channels = c.filters * 2 ** STRIDES.length;
  let length = LATENT_STEPS;
  x = s.conv(x, 'decoder.model.0.conv.conv', c.dim, 7);
  STRIDES.toReversed().forEach((stride, i) => {
    x = s.convTranspose(s.elu(x), `decoder.model.${3 * i + 2}.convtr.convtr`, channels / 2, length, stride);
    channels /= 2;
    length *= stride;
    x = s.residual(x, `decoder.model.${3 * i + 3}`, channels);
  });
  x = s.conv(s.elu(x), 'decoder.model.14.conv.conv', channels, 3);
  g.op('Identity', [x], {}, g.output('audio', FLOAT, ['N', 1, FRAME_SAMPLES]));
  return { graph: g, states: s.states };
}

/** [N, dim, 1] */
function dequantize(g: Graph, w: MimiWeights): Value {
  const c = w.config;
  const codes = g.split(g.input('codes', INT64, ['N', CODEBOOKS]), CODEBOOKS, 1);
  const vectors = codes.map((code, i) => g.reshape(g.op('Gather', [g.weight(w.codebook(i)), code]), [-1, c.codebookDim]));
  const project = (part: string, x: Value): Value =>
    g.linear(x, g.weight(w.tensor(`quantizer.${part}.output_proj.weight`, [c.dim, c.codebookDim])));
  const rest = vectors.slice(1).reduce((sum, v) => g.op('Add', [sum, v]));
  const latent = g.op('Add', [project('rvq_first', vectors[0]), project('rvq_rest', rest)]);
  return g.reshape(latent, [-1, c.dim, 1]);
}
