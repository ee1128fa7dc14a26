// The demodulator's network as an ONNX file, from the weights that ship: run it whenever they change.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { commandLine } from '../../scripts/command-line.mjs';

const MODULE = new URL('../../packages/signal/src/weights/demodulator-onnx.ts', import.meta.url);
const USAGE = `node tools/signal-lab/export_onnx.mjs [FILE.onnx]      (after npm run build)
Writes packages/signal/src/weights/demodulator-onnx.ts, or the ONNX file itself where one is named.`;
const [file] = commandLine(USAGE, {}, [0, 1]).operands;

const from = (path) => import(new URL(`../../packages/${path}`, import.meta.url));
const { SHAPES } = await from('signal/dist/demodulator.js');
const { readLayers } = await from('signal/dist/neural.js');
const { BLOCK } = await from('signal/dist/kernel.js');
const { FEATURES } = await from('signal/dist/features.js');
const { BANDS } = await from('signal/dist/index.js');
const { default: weights } = await from('signal/dist/weights/demodulator.js');
const { Graph } = await from('model/dist/onnx/graph.js');
const { FLOAT } = await from('model/dist/onnx/types.js');

/** Rows and bands of a convolution's window. */
const TAPS = 5;
const BAND_TAPS = 3;

const layers = readLayers(weights, SHAPES);
const element = ({ inputs, weights }, i, o) => weights[(Math.floor(o / BLOCK) * inputs + i) * BLOCK + (o % BLOCK)];

const graph = new Graph(FLOAT);
const features = graph.input('features', FLOAT, ['grids', 'rows', BANDS, FEATURES]);
graph.output('soft', FLOAT, ['grids', 'rows', BANDS]);

/** A convolution over rows × bands; outside of the sound is zero at every layer. @param x [n × channels × rows × bands] */
function conv(x, n, taps, bandTaps) {
  const [inputs, outputs] = SHAPES[n];
  const channels = inputs / taps / bandTaps;
  // The evaluator reads a window by row, band, channel.
  const values = [];
  for (let o = 0; o < outputs; o++)
    for (let c = 0; c < channels; c++)
      for (let k = 0; k < taps * bandTaps; k++) values.push(element(layers[n], k * channels + c, o));
  const weight = graph.floats(values, [outputs, channels, taps, bandTaps]);
  const bias = graph.floats(layers[n].bias.slice(0, outputs));
  const pads = [(taps - 1) / 2, (bandTaps - 1) / 2, (taps - 1) / 2, (bandTaps - 1) / 2];
  return graph.op('Conv', [x, weight, bias], { pads, kernel_shape: [taps, bandTaps] });
}
const relu = (x) => graph.op('Relu', [x]);

function network(x) {
  let stream = conv(x, 0, TAPS, BAND_TAPS);
  for (let n = 1; n < SHAPES.length - 1; n += 2)
    stream = graph.op('Add', [stream, conv(relu(conv(relu(stream), n, TAPS, BAND_TAPS)), n + 1, 1, 1)]);
  return conv(relu(stream), SHAPES.length - 1, 1, 1);
}

// Both signs of the deviations, as two sets of grids in one batch.
const turned = graph.op('Mul', [features, graph.floats(Array.from({ length: FEATURES }, (_, i) => (i === 0 ? -1 : 1)))]);
const both = graph.op('Concat', [features, turned], { axis: 0 });
const [plus, minus] = graph.split(network(graph.op('Transpose', [both], { perm: [0, 3, 1, 2] })), 2, 0);
const odd = graph.op('Mul', [graph.op('Sub', [plus, minus]), graph.floats([0.5])]);
graph.op('Squeeze', [odd, graph.integers([1])], {}, 'soft');

const bytes = graph.encode();
const module = `/** The demodulator network as an ONNX file; written by tools/signal-lab/export_onnx.mjs from demodulator.ts. */
export default '${Buffer.from(bytes).toString('base64')}';
`;
writeFileSync(file ?? MODULE, file ? bytes : module);
console.log(`${file ?? fileURLToPath(MODULE)}: ${bytes.length} bytes`);
