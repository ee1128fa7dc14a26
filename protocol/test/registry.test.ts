import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FINDING_CODES } from '@undertone/detector';
import * as signal from '@undertone/signal';
import {
  CARD_PROFILE,
  FRAME_SHAPES,
  FRAME_TYPE_NAMES,
  type FrameKind,
  type FrameType,
  frameKind,
  laneAllows,
} from '@undertone/token';
import { describe, expect, it } from 'vitest';
import { SHAPES } from '../../packages/signal/src/demodulator.ts';
import weights from '../../packages/signal/src/weights/demodulator.ts';
import { COEFFICIENTS, SOFT_LIMIT, SOFT_SCALE } from '../src/baseline/linear-demodulator.ts';
import { sequence } from '../src/generate/fixture.ts';
import { PACKAGE_FOLDER } from '../src/vectors.ts';

const registry = (name: string) => JSON.parse(readFileSync(join(PACKAGE_FOLDER, 'registry', `${name}.json`), 'utf8'));
const [profile] = registry('signal-profiles').profiles;

describe('the registries', () => {
  it.each([
    ['single', 72],
    ['double', 120],
  ] as const)('hold the code of %s frames: whoever encodes from the tables encodes alike', (kind, frameBits) => {
    const { short, long, order, parts, partBits } = profile.code[kind];
    expect(long.length).toBe(parts * partBits);
    const next = sequence(3);
    const bits = Uint8Array.from({ length: frameBits }, () => (next() > 0.5 ? 1 : 0));
    const u = new Uint8Array(long.length);
    long.positions.forEach((position: number, i: number) => {
      u[position] = bits[long.holds[i]];
    });
    for (let h = 1; h < u.length; h *= 2) for (let i = 0; i < u.length; i++) if (!(i & h)) u[i] ^= u[i + h];
    const half = long.length / 2;
    expect(short.positions.map((p: number) => long.holds[long.positions.indexOf(half + p)])).toEqual([
      ...Array(frameBits).keys(),
    ]);
    const sent = [half, 0].flatMap((from) => order.map((q: number) => u[from + q]));
    expect(sent).toEqual([...signal.encodeCodeword(bits)]);
  });
  it('hold the numbers of the signal', () => {
    expect(profile).toMatchObject({
      profile: CARD_PROFILE,
      status: 'frozen',
      coreRate: signal.CORE_RATE,
      hopSamples: signal.HOP,
      hopsPerTile: signal.HOPS_PER_TILE,
      tilesPerFrame: signal.TILES_PER_FRAME,
      framesPerSlot: signal.FRAMES_PER_SLOT,
      bands: signal.BANDS,
      codedBitsPerFrame: signal.BITS_PER_FRAME,
      maxGainDb: signal.MAX_GAIN_DB,
      maxRatio: signal.MAX_LLR,
      baselineDemodulator: {
        softLimit: SOFT_LIMIT,
        scale: SOFT_SCALE,
        coefficients: COEFFICIENTS.map((r) => r.map((c) => c / 10_000)),
      },
    });
  });
  it('hold the network that the detector reads with', () => {
    const { path, ...entry } = registry('reference-network');
    const file = readFileSync(join(PACKAGE_FOLDER, path));
    expect(file.equals(Buffer.from(weights, 'base64')), 'tools/signal-lab/export_reference.mjs writes it').toBe(true);
    expect(entry).toMatchObject({
      profile: CARD_PROFILE,
      bytes: file.length,
      sha256: createHash('sha256').update(file).digest('hex'),
      layers: SHAPES,
      scale: signal.SOFT_BIT_SCALE,
    });
  });
  it('hold the findings of the detector', () => {
    const { findings } = registry('findings') as { findings: { code: string; layer: string }[] };
    expect(findings.map(({ code }) => code)).toEqual(FINDING_CODES);
    const layers = new Set(registry('errors').errors.map(({ layer }: { layer: string }) => layer));
    for (const { code, layer } of findings) expect(layers.has(layer), `${code}: ${layer}`).toBe(true);
  });
  it('hold the frame types and their lanes', () => {
    const { types, frames } = registry('frame-types') as {
      types: { type: FrameType; name: string; frame: FrameKind; lanes: string[] }[];
      frames: { [kind in FrameKind]: { frameBits: number; bodyBits: number } };
    };
    for (const kind of ['single', 'double'] as const) {
      const { bytes, bodyBytes } = FRAME_SHAPES[kind];
      expect(frames[kind]).toEqual({ frameBits: 8 * bytes, bodyBits: 8 * bodyBytes });
    }
    for (const { type, frame } of types) expect(frameKind(type)).toBe(frame);
    expect(types.map(({ name }) => name)).toEqual(FRAME_TYPE_NAMES);
    for (const { type, lanes } of types)
      for (const lane of ['open', 'sealed'] as const)
        expect(laneAllows(lane, type), `${type} ${lane}`).toBe(lanes.includes(lane));
  });
});
