/** Operations on the grid: chips, lanes, levels, the baseline embedder and demodulator, the reference network, ratios (page 02). */
import { addTile, BANDS, BITS_PER_FRAME, Demodulator, FRAMES_PER_SLOT, makeChips, TILES_PER_FRAME } from '@undertone/signal';
import { bytesToBits } from '@undertone/token';
import { blindEmbed, GainError } from '../baseline/blind-embedder.ts';
import { tileLevels } from '../baseline/levels.ts';
import { linearSoft, ratioOf } from '../baseline/linear-demodulator.ts';
import type { Json } from '../contract.ts';
import { bytes, list, number, numbers, type Operation, ok, refused } from './input.ts';

const CELLS = TILES_PER_FRAME * BANDS;
const samples = (input: Json): Float32Array => numbers(input, 'samples').map((v) => v / 32768);

/** Coded bits by model frame as ±1; `null` frames stay unmarked. */
const frameBits = (input: Json): (Int8Array | null)[] =>
  list(input, 'bits').map((frame) => (frame === null ? null : Int8Array.from(frame as number[], (bit) => (bit ? 1 : -1))));

export const signalOperations: { readonly [name: string]: Operation } = {
  'signal.chips': (input) => {
    const { sign, bit } = makeChips(number(input, 'family'));
    const at = number(input, 'frame') * CELLS;
    return ok({ sign: [...sign.subarray(at, at + CELLS)], bit: [...bit.subarray(at, at + CELLS)] });
  },
  'signal.assign': (input) => {
    const [open, sealed] = [bytesToBits(bytes(input, 'open')), bytesToBits(bytes(input, 'sealed'))];
    const bits = Array.from({ length: FRAMES_PER_SLOT }, (_, f) => [
      ...open.subarray(2 * f, 2 * f + 2),
      ...sealed.subarray(2 * f, 2 * f + 2),
    ]);
    return ok({ bits });
  },
  'signal.levels': (input) => ok({ levels: [...tileLevels(samples(input), number(input, 'grid'))] }),
  'signal.embed': (input) => {
    const bits = frameBits(input);
    try {
      const marked = blindEmbed(samples(input), makeChips(), (frame) => bits[frame] ?? null, number(input, 'gainDb'));
      return ok({ samples: Array.from(marked, (v) => v * 32768) });
    } catch (error) {
      if (error instanceof GainError) return refused('gain-out-of-range');
      throw error;
    }
  },
  'signal.soft': (input) => ok({ soft: [...linearSoft(numbers(input, 'levels'))] }),
  'signal.network': (input) => {
    const [levels, demodulator] = [numbers(input, 'levels'), new Demodulator()];
    const soft: number[] = [];
    for (let at = 0; at < levels.length; at += BANDS) soft.push(...(demodulator.push(levels.subarray(at, at + BANDS)) ?? []));
    return ok({ soft });
  },
  'signal.ratios': (input) => {
    const [soft, frame] = [numbers(input, 'soft', 0), number(input, 'frame')];
    const sums = new Float32Array(BITS_PER_FRAME);
    const chips = makeChips(input.family === undefined ? 0 : number(input, 'family'));
    for (let t = 0; t < TILES_PER_FRAME; t++) addTile(chips, soft, t * BANDS, frame * TILES_PER_FRAME + t, sums, 0);
    return ok({ ratios: Array.from(sums, ratioOf) });
  },
};
