// The rows of the matrix in the order of the page, and what is left out.
import './calls.mjs';
import './suites.mjs';

export { all as ROWS } from './row.mjs';

/** Rows of published suites that are not run, and why. */
export const NOT_RUN = [
  [
    'EnCodec, DAC, SoundStream, Mimi and vocoder re-synthesis (AudioSeal, AudioMarkBench, RAW-Bench, AWARE)',
    'their weights are at hubs that package registries do not reach; the code of Mimi is in this repository',
  ],
  [
    'DEMAND noise, AIR rooms, common background noise (RAW-Bench, AudioMarkBench)',
    'the recordings are not at hand; babble, pink noise and synthetic rooms take their place',
  ],
  ['HopSkipJump, Square and white-box attacks (AudioMarkBench)', 'they attack one model’s detector by its own answers'],
  ['phase-vocoder time-stretch by librosa (AudioMarkBench)', 'Rubber Band takes its place'],
  ['cut-offs at half the rate (AudioMarkBench), high-pass 8 kHz (OmniSealBench)', 'at 16 kHz nothing is left, or all of it'],
  ['MP3 at 12 and 256 kbit/s (OmniSealBench)', 'MP3 does not know them at 16 kHz'],
  ['RAW-Bench’s loose settings', 'each is weaker than the strict one that is run'],
  ['PCM 24 bits (AWARE)', 'clips have 16'],
  ['the 109 configurations of the SoK (arXiv 2503.19176)', 'their list is not at hand'],
  ['EVS', 'no encoder is at hand'],
];
