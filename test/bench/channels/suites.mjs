// Attacks of published suites, at their parameters, that run without weights.
import { resample } from '../../../packages/audio/dist/pcm/index.js';
import { RATE } from '../clips.mjs';
import { bandpass, bandstop, highpass, lowpass, peak, smooth } from './filters.mjs';
import { ffmpegFilter } from './programs.mjs';
import * as air from './room.mjs';
import { ffmpegRow, opus, row, tempoRow } from './row.mjs';
import * as time from './timing.mjs';

const sweep = (values, make) => values.forEach(make);
const whiteNoise =
  (sigma) =>
  (x, { source }) =>
    x.map((v) => v + sigma * source.normal());
const pinkNoise =
  (sigma) =>
  (x, { source }) => {
    const noise = air.pink(x.length, source);
    return x.map((v, i) => v + sigma * noise[i]);
  };
const shushed = (share) => (x) => x.map((v, i) => (i < x.length * share ? 0 : v));

// AudioSeal's and OmniSealBench's own set.
row('AudioSeal', 'as-bandpass', 'band-pass 500 … 5000 Hz', (x) => bandpass(x, RATE, 500, 5000));
row('AudioSeal', 'as-highpass', 'high-pass 1500 Hz', (x) => highpass(x, RATE, 1500));
row('AudioSeal', 'as-lowpass', 'low-pass 500 Hz', (x) => lowpass(x, RATE, 500));
row('AudioSeal', 'as-boost', '× 10', (x) => air.gain(x, 10));
row('AudioSeal', 'as-duck', '× 0.1', (x) => air.gain(x, 0.1));
row('AudioSeal', 'as-echo', 'echo 0.5 s, volume 0.5', (x) => air.echo(x, RATE, 0.5, 0.5));
row('AudioSeal', 'as-pink', 'pink noise σ 0.1', pinkNoise(0.1));
row('AudioSeal', 'as-white', 'white noise σ 0.05', whiteNoise(0.05));
row('AudioSeal', 'as-speed', 'speed × 1.25', (x) => time.speed(x, RATE, 1.25));
row('AudioSeal', 'as-smooth', 'moving average of 40 samples', (x) => smooth(x, 40));
row('AudioSeal', 'as-resample', 'to 32 kHz and back', (x) => resample(resample(x, RATE, 32000), 32000, RATE));
ffmpegRow('AudioSeal', 'as-aac', 'AAC 64 kbit/s', ['aac', '-b:a 64k', 'm4a']);
ffmpegRow('AudioSeal', 'as-mp3', 'MP3 32 kbit/s (ffmpeg, 16 kHz)', ['libmp3lame', '-b:a 32k', 'mp3']);
row('AudioSeal', 'as-shush', 'first 10 % silenced', shushed(0.1));

// OmniSealBench's sweeps: what the set above and the suites below do not have.
sweep([0.5, 0.75, 1.5], (factor) =>
  row('OmniSealBench', `os-speed-${factor}`, `speed × ${factor}`, (x) => time.speed(x, RATE, factor)),
);
sweep(
  [
    [0.1, 0.1],
    [0.1, 0.5],
    [0.5, 0.1],
    [0.3, 0.3],
  ],
  ([s, volume]) =>
    row('OmniSealBench', `os-echo-${s}-${volume}`, `echo ${s} s, volume ${volume}`, (x) => air.echo(x, RATE, s, volume)),
);
sweep([0.001, 0.01, 0.1, 0.3], (sigma) => row('OmniSealBench', `os-white-${sigma}`, `white noise σ ${sigma}`, whiteNoise(sigma)));
sweep([0.01, 0.05, 0.2, 0.3, 0.5, 1], (sigma) =>
  row('OmniSealBench', `os-pink-${sigma}`, `pink noise σ ${sigma}`, pinkNoise(sigma)),
);
sweep([1000, 1500, 2000, 3000, 4000, 5000], (hz) =>
  row('OmniSealBench', `os-lowpass-${hz}`, `low-pass ${hz} Hz`, (x) => lowpass(x, RATE, hz)),
);
sweep([1000, 2000, 4000], (hz) => row('OmniSealBench', `os-highpass-${hz}`, `high-pass ${hz} Hz`, (x) => highpass(x, RATE, hz)));
sweep([0.1, 0.9], (share) => {
  row('OmniSealBench', `os-boost-${share}`, `boosted by ${100 * share} %`, (x) => air.gain(x, 1 + share));
  row('OmniSealBench', `os-duck-${share}`, `ducked by ${100 * share} %`, (x) => air.gain(x, 1 - share));
});
sweep([0.001, 0.01, 0.3], (share) =>
  row('OmniSealBench', `os-shush-${share}`, `first ${100 * share} % silenced`, shushed(share)),
);
sweep([2, 4, 8], (n) => row('OmniSealBench', `os-smooth-${n}`, `moving average of ${n} samples`, (x) => smooth(x, n)));
sweep([12, 24, 32, 128, 256], (kbps) =>
  ffmpegRow('OmniSealBench', `os-aac-${kbps}`, `AAC ${kbps} kbit/s`, ['aac', `-b:a ${kbps}k`, 'm4a']),
);
sweep([64, 128], (kbps) =>
  ffmpegRow('OmniSealBench', `os-mp3-${kbps}`, `MP3 ${kbps} kbit/s`, ['libmp3lame', `-b:a ${kbps}k`, 'mp3']),
);

// AudioMarkBench.
sweep([0.7, 0.9, 1.1, 1.3, 1.5], (tempo) => tempoRow('AudioMarkBench', `am-stretch-${tempo}`, tempo));
sweep([40, 30, 20, 10, 5], (db) =>
  row('AudioMarkBench', `am-gauss-${db}`, `Gaussian noise ${db} dB`, (x, { source }) =>
    air.withNoise(x, air.white(x.length, source), db),
  ),
);
sweep([1, 2, 4, 8, 16, 31], (kbps) =>
  row('AudioMarkBench', `am-opus-${kbps}`, `Opus ${kbps} kbit/s, complexity 1`, opus(kbps * 1000, { complexity: 1 })),
);
sweep([4, 8, 16, 32, 64], (levels) =>
  row('AudioMarkBench', `am-levels-${levels}`, `${levels} levels`, (x) => air.quantise(x, levels)),
);
sweep([0.1, 0.2, 0.3, 0.4], (ratio) => {
  row('AudioMarkBench', `am-highpass-${ratio}`, `high-pass ${ratio} of the rate`, (x) => highpass(x, RATE, ratio * RATE));
  row('AudioMarkBench', `am-lowpass-${ratio}`, `low-pass ${ratio} of the rate`, (x) => lowpass(x, RATE, ratio * RATE));
});
sweep([6, 10, 14, 18, 22], (n) => row('AudioMarkBench', `am-smooth-${n}`, `moving average of ${n} samples`, (x) => smooth(x, n)));
sweep([0.1, 0.3, 0.5, 0.7, 0.9], (s) =>
  row('AudioMarkBench', `am-echo-${s}`, `echo ${s} s, gain 0.4`, (x) => air.echo(x, RATE, s, 0.4)),
);
sweep([8, 16, 24, 40], (kbps) =>
  ffmpegRow('AudioMarkBench', `am-mp3-${kbps}`, `MP3 ${kbps} kbit/s`, ['libmp3lame', `-b:a ${kbps}k`, 'mp3']),
);

// RAW-Bench, strict settings.
ffmpegRow('RAW-Bench', 'rb-mp3', 'MP3 64 kbit/s, 44.1 kHz', ['libmp3lame', '-ar 44100 -b:a 64k', 'mp3']);
ffmpegRow('RAW-Bench', 'rb-aac', 'AAC 64 kbit/s, 44.1 kHz', ['aac', '-ar 44100 -b:a 64k', 'm4a']);
ffmpegRow('RAW-Bench', 'rb-vorbis', 'Vorbis 48 kbit/s, 44.1 kHz', ['libvorbis', '-ar 44100 -b:a 48k', 'ogg']);
sweep([-18, -36], (db) => row('RAW-Bench', `rb-drc${db}`, `compressor ${db} dB, 4 : 1`, (x) => air.compress(x, RATE, db, 4)));
row('RAW-Bench', 'rb-expander', 'expander −16 dB, 2 : 1', (x) => air.expand(x, RATE, -16, 2));
sweep([-18, -36], (db) => row('RAW-Bench', `rb-limiter${db}`, `limiter ${db} dB`, (x) => air.compress(x, RATE, db, 1e6, 0.001)));
const BARK = [150, 350, 570, 840, 1170, 1600, 2150, 2900, 4000, 5800];
row('RAW-Bench', 'rb-eq', 'equaliser, ± 0.75 log gain at random in bands', (x, { source }) =>
  BARK.reduce((y, hz) => peak(y, RATE, hz, 20 * Math.log10(Math.exp(0.75)) * (2 * source.uniform() - 1)), x),
);
sweep([250, 500], (hz) => row('RAW-Bench', `rb-highpass-${hz}`, `high-pass ${hz} Hz`, (x) => highpass(x, RATE, hz)));
sweep([3500, 6000], (hz) => row('RAW-Bench', `rb-lowpass-${hz}`, `low-pass ${hz} Hz`, (x) => lowpass(x, RATE, hz)));
sweep([0.2, 5], (g) => row('RAW-Bench', `rb-gain-${g}`, `× ${g}`, (x) => air.gain(x, g)));
sweep([12], (bits) => row('RAW-Bench', `rb-quantise-${bits}`, `${bits} bits`, (x) => air.quantise(x, 2 ** bits)));
row('RAW-Bench', 'rb-jitter', 'sampling jitter σ 0.2 samples', (x, { source }) => time.jitter(x, RATE, 0.2, source));
sweep([0.75, 0.95, 1.25], (tempo) => tempoRow('RAW-Bench', `rb-stretch-${tempo}`, tempo));
row('RAW-Bench', 'rb-shift', 'shifted by half a hop (160 samples)', (x) => time.shift(x, RATE, 10));
row('RAW-Bench', 'rb-polarity', 'polarity turned', (x) => air.gain(x, -1));

// AWARE.
sweep([8, 16], (bits) => row('AWARE', `aw-pcm-${bits}`, `PCM ${bits} bits`, (x) => air.quantise(x, 2 ** bits)));
sweep([9, 5, 2, 0], (q) => ffmpegRow('AWARE', `aw-mp3-q${q}`, `MP3, -q:a ${q}`, ['libmp3lame', `-q:a ${q}`, 'mp3']));
sweep([10, 15, 20], (share) =>
  row('AWARE', `aw-delete-${share}`, `${share} % deleted in one piece`, (x, { source }) =>
    time.removed(x, RATE, share / 100, source),
  ),
);
sweep([0.8, 1.2], (tempo) => tempoRow('AWARE', `aw-stretch-${tempo}`, tempo));
row(
  'AWARE',
  'aw-pitch',
  'pitch + 5 cents (Rubber Band)',
  (x) => ffmpegFilter(x, RATE, 'rubberband', `rubberband=pitch=${2 ** (5 / 1200)}`),
  { needs: ['ffmpeg:rubberband'] },
);
row('AWARE', 'aw-resample', 'to 44.1 kHz and back', (x) => resample(resample(x, RATE, 44100), 44100, RATE));
row('AWARE', 'aw-bandstop', '200 Hz stopped somewhere in 300 … 4000', (x, { source }) =>
  bandstop(x, RATE, 400 + 3500 * source.uniform(), 200),
);
sweep([0.1, 0.25], (s) =>
  row('AWARE', `aw-zero-${s}`, `${s} s silenced in every 5 s`, (x, { source }) => time.muted(x, RATE, s, source)),
);
row('AWARE', 'aw-lowpass', 'low-pass 4 kHz, order 6', (x) => lowpass(x, RATE, 4000, 6));
row('AWARE', 'aw-highpass', 'high-pass 500 Hz, order 4', (x) => highpass(x, RATE, 500, 4));
