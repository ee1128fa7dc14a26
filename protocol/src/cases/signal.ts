/** Vectors of the grid: chips, lanes, levels, the baseline embedder and demodulator, the reference network, ratios. */
import { makeChips } from '@undertone/signal';
import { blindEmbed } from '../baseline/blind-embedder.ts';
import { tileLevels } from '../baseline/levels.ts';
import { linearSoft } from '../baseline/linear-demodulator.ts';
import type { Case, Plan } from '../generate/builder.ts';
import { sequence } from '../generate/fixture.ts';

/** Something like a vowel, 8 kHz, in 16-bit steps: harmonics of 120 Hz under three formants, swelling, with a little noise. */
function vowel(length: number, level: number): number[] {
  const next = sequence(5);
  const harmonics = Array.from({ length: 30 }, (_, k) => {
    const f = 120 * (k + 1);
    const height = [600, 1400, 2500].reduce((sum, formant) => sum + 1 / (1 + ((f - formant) / 180) ** 2), 0.02);
    return { f, height };
  });
  return Array.from({ length }, (_, i) => {
    const swell = 0.6 + 0.4 * Math.sin((2 * Math.PI * 3.1 * i) / 8000);
    const voice = harmonics.reduce((sum, { f, height }) => sum + height * Math.sin((2 * Math.PI * f * i) / 8000 + f), 0);
    return Math.round(level * (swell * voice + 0.05 * (next() - 0.5)));
  });
}
const FRAMES = 4;
const SAMPLES = FRAMES * 640 + 60;
const speech = vowel(SAMPLES, 4000);
const BITS = [
  [1, 0, 1, 1],
  [0, 0, 1, 0],
  [1, 1, 0, 1],
  [0, 1, 1, 0],
];
const chips = makeChips();
const marked = blindEmbed(
  Float32Array.from(speech, (v) => v / 32768),
  chips,
  (frame) => (BITS[frame] ? Int8Array.from(BITS[frame], (b) => (b ? 1 : -1)) : null),
  2,
);
const levels = tileLevels(marked, 0).map((l) => Math.round(l * 100) / 100);
const soft = linearSoft(levels).map((v) => Math.round(v * 1000) / 1000);
/** Levels of ten model frames with the same bits over and over, silent from the seventh on: the reference network sees thirteen tiles at once. */
const longLevels = tileLevels(
  blindEmbed(
    Float32Array.from(vowel(10 * 640 + 60, 4000), (v, i) => (i < 6 * 640 ? v / 32768 : 0)),
    chips,
    (frame) => Int8Array.from(BITS[frame % FRAMES], (b) => (b ? 1 : -1)),
    2,
  ),
  0,
);
/** Loud for two model frames, then 52 dB quieter. */
const fading = speech.map((v, i) => (i < 2 * 640 - 160 ? v : Math.round(v / 400)));

export const signalPlans: readonly Plan[] = [
  {
    path: 'signal/chips',
    page: '02-signal',
    layer: 'signal',
    operation: 'signal.chips',
    cases: [
      [0, 0],
      [0, 1],
      [0, 31],
      [1, 0],
      [2, 17],
      [3, 31],
    ].map(
      ([family, frame]): Case => ({
        name: family === 0 ? `frame-${frame}` : `family-${family}-frame-${frame}`,
        description: `Signs and bits of model frame ${frame} of every slot, chip family ${family}`,
        rules: ['SIG-1', 'SIG-10'],
        input: { family, frame },
      }),
    ),
  },
  {
    path: 'signal/assign',
    page: '02-signal',
    layer: 'signal',
    operation: 'signal.assign',
    cases: [
      {
        name: 'counting',
        description: 'Which model frame sends which coded bit of each lane',
        rules: ['SIG-2'],
        input: { open: '0123456789abcdef', sealed: 'fedcba9876543210' },
      },
      {
        name: 'open-only',
        description: 'The sealed lane is all zeros',
        rules: ['SIG-2'],
        input: { open: 'ffffffffffffffff', sealed: '0000000000000000' },
      },
    ],
  },
  {
    path: 'signal/levels',
    page: '02-signal',
    layer: 'signal',
    operation: 'signal.levels',
    common: { samples: speech },
    cases: [0, 1, 3].map(
      (grid): Case => ({
        name: `grid-${grid}`,
        description: `Levels of a vowel, tiles beginning at hop ${grid}`,
        rules: ['SIG-8'],
        input: { grid },
        tolerance: { levels: 0.02 },
      }),
    ),
  },
  {
    path: 'signal/embed',
    page: '02-signal',
    layer: 'signal',
    operation: 'signal.embed',
    common: { samples: speech, bits: BITS, gainDb: 2 },
    cases: [
      { name: 'four-frames', description: 'Four model frames at 2 dB', rules: ['SIG-1', 'SIG-3'], tolerance: { samples: 0.2 } },
      {
        name: 'largest-gain',
        description: 'The largest gain that the profile allows',
        rules: ['SIG-3'],
        input: { gainDb: 6 },
        tolerance: { samples: 0.2 },
      },
      {
        name: 'gain-too-large',
        description: 'A gain of 6.1 dB',
        rules: ['SIG-3'],
        input: { gainDb: 6.1 },
        refused: 'gain-out-of-range',
      },
      {
        name: 'second-frame-unmarked',
        description: 'Nothing is to be sent in the second model frame',
        rules: ['SIG-4'],
        input: { bits: [BITS[0], null, BITS[2], BITS[3]] },
        tolerance: { samples: 0.2 },
      },
      {
        name: 'too-quiet',
        description: 'Two loud model frames unmarked, then two that are 52 dB quieter: under the floor, left alone',
        rules: ['SIG-4'],
        polarity: 'negative',
        input: { samples: fading, bits: [null, null, BITS[2], BITS[3]] },
        says: { samples: fading },
        tolerance: { samples: 0.2 },
      },
    ],
  },
  {
    path: 'signal/soft',
    page: '02-signal',
    layer: 'signal',
    operation: 'signal.soft',
    cases: [
      {
        name: 'marked-vowel',
        description: 'The marked vowel of signal/embed/four-frames',
        rules: ['SIG-9'],
        input: { levels: [...levels] },
        tolerance: { soft: 2e-3 },
      },
      {
        name: 'silence',
        description: 'Levels of digital silence say nothing',
        rules: ['SIG-9'],
        polarity: 'negative',
        input: { levels: Array(64).fill(-100) },
        says: { soft: Array(64).fill(0) },
        tolerance: { soft: 1e-6 },
      },
    ],
  },
  {
    path: 'signal/network',
    page: '02-signal',
    layer: 'signal',
    operation: 'signal.network',
    cases: [
      {
        name: 'marked-vowel',
        description: 'A vowel of ten model frames, marked at 2 dB, that falls silent after six',
        rules: ['SIG-9'],
        input: { levels: Array.from(longLevels, (l) => Math.round(l * 100) / 100) },
        tolerance: { soft: 2e-3 },
      },
      {
        name: 'silence',
        description: 'Levels of digital silence say nothing',
        rules: ['SIG-9'],
        polarity: 'negative',
        input: { levels: Array(14 * 8).fill(-100) },
        says: { soft: Array(2 * 8).fill(0) },
        tolerance: { soft: 1e-6 },
      },
    ],
  },
  {
    path: 'signal/ratios',
    page: '02-signal',
    layer: 'signal',
    operation: 'signal.ratios',
    cases: [
      ...[0, 1, 2, 3].map(
        (frame): Case => ({
          name: `frame-${frame}`,
          description: `Ratios of model frame ${frame} of the marked vowel`,
          rules: ['SIG-6'],
          input: { frame, soft: [...soft.subarray(32 * frame, 32 * frame + 32)] },
          tolerance: { ratios: 2e-3 },
        }),
      ),
      {
        name: 'limited',
        description: 'However clear, no ratio exceeds 6',
        rules: ['SIG-6'],
        polarity: 'negative',
        input: { frame: 0, soft: [...chips.sign.subarray(0, 32)].map((v) => 5 * v) },
        says: { ratios: [6, 6, 6, 6] },
      },
      {
        name: 'another-family',
        description: 'The clear cells of family 0 say little of the coded bits of family 1',
        rules: ['SIG-10'],
        polarity: 'negative',
        input: { family: 1, frame: 0, soft: [...chips.sign.subarray(0, 32)] },
        tolerance: { ratios: 2e-3 },
      },
      {
        name: 'not-heard',
        description: 'Cells that were not heard',
        rules: ['SIG-6'],
        polarity: 'negative',
        input: { frame: 0, soft: Array(32).fill(null) },
        says: { ratios: [0, 0, 0, 0] },
      },
    ],
  },
];
