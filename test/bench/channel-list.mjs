// The channels that the benchmarks send speech through: [sample rate of what arrives, the way there].
import { mp3RoundTrip, opusRoundTrip } from '../../packages/audio/dist/index.js';
import { decodeMulaw, encodeMulaw, resample } from '../../packages/audio/dist/pcm/index.js';
import { throughSox } from './channels/programs.mjs';
import { RATE } from './clips.mjs';

export const CHANNELS = {
  'mulaw-8k': [8000, async (x) => decodeMulaw(encodeMulaw(resample(x, RATE, 8000)))],
  'opus-24k': [RATE, (x) => opusRoundTrip(x, RATE, { bitrate: 24000 })],
  'mp3-32k': [RATE, (x) => mp3RoundTrip(x, RATE, 32)],
  'opus-24k-loss3': [RATE, (x) => opusRoundTrip(x, RATE, { bitrate: 24000, lossRate: 0.03 })],
  'opus-16k': [RATE, (x) => opusRoundTrip(x, RATE, { bitrate: 16000 })],
  'gsm-fr': [8000, async (x) => throughSox(x, RATE, 'gsm')],
  'opus-12k': [RATE, (x) => opusRoundTrip(x, RATE, { bitrate: 12000 })],
};
