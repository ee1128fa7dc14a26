import { expect, it } from 'vitest';
import { BANDS, DEMODULATOR_DELAY, Demodulator } from '../src/index.ts';
import weights from '../src/weights/demodulator.ts';

const C = 24;
type Rows = number[][][];

/** The layers of the weights module as its format says: scales, biases, int8 weights [out × in]. */
function layers(): { bias: number[]; w: number[][] }[] {
  const bytes = Uint8Array.from(atob(weights), (c) => c.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  const float = (): number => {
    at += 4;
    return view.getFloat32(at - 4, true);
  };
  return [
    [45, C],
    [360, C],
    [C, C],
    [360, C],
    [C, C],
    [C, 1],
  ].map(([inputs, outputs]) => {
    const scale = Array.from({ length: outputs }, float);
    const bias = Array.from({ length: outputs }, float);
    const w = scale.map((s) => Array.from({ length: inputs }, () => s * view.getInt8(at++)));
    return { bias, w };
  });
}

const relu = (x: Rows): Rows => x.map((row) => row.map((cell) => cell.map((v) => Math.max(0, v))));
const dense = ({ bias, w }: { bias: number[]; w: number[][] }, x: number[]): number[] =>
  bias.map((b, o) => w[o].reduce((sum, v, i) => sum + v * x[i], b));

/** A 5 × 3 convolution over all rows at once, zeros around. */
function conv(layer: { bias: number[]; w: number[][] }, x: Rows): Rows {
  const zero = x[0][0].map(() => 0);
  return x.map((row, r) =>
    row.map((_, b) => {
      const patch: number[] = [];
      for (let dr = -2; dr <= 2; dr++) for (let db = -1; db <= 1; db++) patch.push(...(x[r + dr]?.[b + db] ?? zero));
      return dense(layer, patch);
    }),
  );
}

/** The network over a whole recording in ordinary arithmetic. */
function network(features: Rows): number[][] {
  const l = layers();
  let x = conv(l[0], features);
  for (const i of [1, 3]) {
    const hidden = relu(conv(l[i], relu(x)));
    x = x.map((row, r) => row.map((cell, b) => dense(l[i + 1], hidden[r][b]).map((v, c) => v + cell[c])));
  }
  return relu(x).map((row) => row.map((cell) => dense(l[5], cell)[0]));
}

/** What the network sees of every tile whose neighbourhood is known. */
function featuresOf(levels: number[][]): Rows {
  return levels.slice(0, -6).map((row, r) => {
    const around = Array.from({ length: 13 }, (_, i) => levels[Math.max(0, r + i - 6)]);
    const reference = Math.max(...levels.slice(0, r + 7).flat());
    const floored = (v: number): number => Math.max(v, reference - 45);
    const means = row.map((_, b) => around.reduce((sum, a) => sum + floored(a[b]) / 13, 0));
    const colour = means.reduce((a, v) => a + v / BANDS, 0);
    return row.map((v, b) => [(floored(v) - means[b]) / 5, (means[b] - reference) / 20 + 1, (means[b] - colour) / 10]);
  });
}

it('the demodulator, row by row, is the network over the whole sound to 1e-4', () => {
  const levels = Array.from({ length: 60 }, (_, t) =>
    Array.from({ length: BANDS }, (_, b) => -20 + 14 * Math.sin(t / 5 + b) + 6 * Math.sin(t * t * 0.7 + b * b)),
  );
  const features = featuresOf(levels);
  const plus = network(features);
  const minus = network(features.map((row) => row.map(([d, ...rest]) => [-d, ...rest])));
  const demodulator = new Demodulator();
  const soft = levels.map((row) => demodulator.push(Float32Array.from(row))?.slice()).filter((s) => s !== undefined);
  expect(soft).toHaveLength(levels.length - DEMODULATOR_DELAY);
  let worst = 0;
  soft.forEach((row, r) => row.forEach((v, b) => (worst = Math.max(worst, Math.abs(v - (plus[r][b] - minus[r][b]) / 2)))));
  expect(worst).toBeLessThan(1e-4);
});
