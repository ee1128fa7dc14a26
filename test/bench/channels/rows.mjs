// The rows of the matrix in the order of the page, and what is left out.
import './calls.mjs';
import './suites.mjs';

export { all as ROWS } from './row.mjs';

/** Rows of published suites that are not run, and why. */
export const NOT_RUN = [
  [
    'EnCodec, DAC, SoundStream, Mimi and vocoder re-synthesis (AudioSeal, AudioMarkBench, RAW-Bench, AWARE)',
    'their weights are not at hand; the code of Mimi is in this repository',
  ],
  [
    'DEMAND noise, AIR rooms, common background noise (RAW-Bench, AudioMarkBench)',
    'the recordings are not at hand; babble, pink noise and synthetic rooms take their place',
  ],
  ['HopSkipJump, Square and white-box attacks (AudioMarkBench)', 'they attack one model’s detector by its own answers'],
  ['phase-vocoder time-stretch by librosa', 'Rubber Band takes its place'],
  ['EVS', 'no encoder is at hand'],
];
