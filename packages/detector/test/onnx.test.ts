/** The network by ONNX Runtime, native and WebAssembly, gives what our own evaluator gives. */
import { demodulatorModel, FEATURES, NETWORK_INPUT, NETWORK_OUTPUT, ReadAhead } from '@undertone/signal/onnx';
import * as node from 'onnxruntime-node';
import * as web from 'onnxruntime-web';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Call, markCall, RATE, speech, telephone, trust } from '../../../test/call.ts';
import { Grids } from '../../signal/src/grids.ts';
import { SOFT_BIT_SCALE } from '../../signal/src/profile.ts';
import { createDetector, type DetectorEvent, type DetectorOptions } from '../src/index.ts';
import { createDetector as createOnnxDetector, type OnnxRuntime } from '../src/onnx/index.ts';

const RUNTIMES: [string, OnnxRuntime][] = [
  ['onnxruntime-node', node],
  ['onnxruntime-web', web],
];
const SECONDS = 20;
/** Soft bits may differ by so much, in units of a ratio. */
const EQUAL = 1e-4;

let call: Call;
let heard: Float32Array;
beforeAll(async () => {
  call = markCall((await speech('it-m')).subarray(0, SECONDS * RATE));
  heard = telephone(call.samples);
});

type Cell = { readonly place: string; readonly soft: Float32Array };
const collector = () => {
  const cells: Cell[] = [];
  const take = (soft: Float32Array, tile: number, grid: number): void =>
    void cells.push({ place: `${grid} ${tile}`, soft: soft.slice() });
  return { cells, take };
};

describe.each(RUNTIMES)('%s', (_, runtime) => {
  it('gives the same soft bits to 1e-4, whatever the chunks: else run tools/signal-lab/export_onnx.mjs', async () => {
    const sound = heard.subarray(0, 8 * 8000);
    const own = collector();
    new Grids().push(sound, own.take);
    const session = await runtime.InferenceSession.create(demodulatorModel());
    const ahead = new ReadAhead();
    const grids = new Grids(ahead.demodulators);
    const other = collector();
    for (let at = 0, n = 0; at < sound.length; at += n) {
      n = [37, 160, 4000, 9001][at % 4];
      const part = sound.subarray(at, at + n);
      const input = ahead.push(part);
      if (input) {
        const features = new runtime.Tensor('float32', input.features, [4, input.rows, 8, FEATURES]);
        ahead.take((await session.run({ [NETWORK_INPUT]: features }))[NETWORK_OUTPUT].data as Float32Array);
      }
      grids.push(part, other.take);
    }
    await session.release();
    expect(other.cells.length).toBeGreaterThan(1000);
    expect(other.cells.map(({ place }) => place)).toEqual(own.cells.map(({ place }) => place));
    const differences = own.cells.map(({ soft }, i) => Math.max(...soft.map((v, b) => Math.abs(v - other.cells[i].soft[b]))));
    expect(SOFT_BIT_SCALE * Math.max(...differences)).toBeLessThan(EQUAL);
  });
});

describe('a detector with the engine onnx', () => {
  const options = (): DetectorOptions => ({ sampleRate: 8000, trust, records: [call.sessionRecord] });

  it.each([
    ['found by its name', 'onnx'],
    ['given as a module', web],
  ] as const)('hears the same as the one without, the runtime being %s', async (_, engine) => {
    const plain = createDetector(options());
    const onnx = await createOnnxDetector({ ...options(), engine });
    const events: DetectorEvent[] = [];
    const others: DetectorEvent[] = [];
    for (let at = 0; at < heard.length; at += 4000) {
      const chunk = heard.subarray(at, at + 4000);
      events.push(...plain.push(chunk));
      others.push(...(await onnx.push(chunk)));
    }
    const told = (list: DetectorEvent[]) => list.map(({ type, seconds }) => [type, seconds]);
    expect(told(others)).toEqual(told(events));
    expect(told(events).map(([type]) => type)).toEqual(['mark', 'claimed']);
    const [report, other] = [plain.report(), await onnx.report()];
    expect(report.spans.map(({ state, content }) => [state, content])).toEqual([['attested', 'full']]);
    expect(other.spans.map(({ state, content }) => [state, content])).toEqual([['attested', 'full']]);
    expect(other.spans[0].endSeconds).toBeCloseTo(report.spans[0].endSeconds, 1);
    await expect(onnx.push(heard)).rejects.toMatchObject({ code: 'detector-finished' });
  });

  it('takes chunks in their order without being waited for, NaN as 0, and a chunk may be used again', async () => {
    const onnx = await createOnnxDetector({ ...options(), engine: 'onnx' });
    const chunk = new Float32Array(4000);
    const broken = heard.slice(0, 12 * 8000);
    broken[100] = Number.NaN;
    const pushed = [];
    for (let at = 0; at < broken.length; at += 4000) {
      chunk.set(broken.subarray(at, at + 4000));
      pushed.push(onnx.push(chunk));
    }
    const report = await onnx.report();
    await Promise.all(pushed);
    expect(report.findings.map(({ code }) => code)).toContain('samples-repaired');
    expect(report.spans.map(({ state }) => state)).toEqual(['attested']);
  });

  it('rejects, and goes on rejecting, when the runtime fails', async () => {
    const create = async () => ({ run: () => Promise.reject(new Error('no memory')), release: async () => {} });
    const none = { ...node, InferenceSession: { create: () => Promise.reject(new Error('no such operator')) } };
    await expect(createOnnxDetector({ ...options(), engine: none })).rejects.toMatchObject({ code: 'detector-engine-failed' });
    const onnx = await createOnnxDetector({ ...options(), engine: { ...node, InferenceSession: { create } } });
    for (let i = 0; i < 2; i++) await expect(onnx.push(heard)).rejects.toMatchObject({ code: 'detector-engine-failed' });
    await expect(onnx.report()).rejects.toMatchObject({ code: 'detector-engine-failed' });
    await expect(createOnnxDetector({ ...options(), sampleRate: 1, engine: 'onnx' })).rejects.toMatchObject({
      code: 'detector-bad-rate',
    });
  });
});
