// What calls go through: telephone codecs and packets, rooms and other people, clocks and jitter buffers.
import { mp3RoundTrip } from '../../../packages/audio/dist/index.js';
import { decodeAlaw, decodeMulaw, encodeAlaw, encodeMulaw, resample } from '../../../packages/audio/dist/pcm/index.js';
import { RATE } from '../clips.mjs';
import { ffmpegFilter, throughG729, throughSox } from './programs.mjs';
import * as air from './room.mjs';
import { ffmpegRow, opus, row, tempoRow } from './row.mjs';
import * as time from './timing.mjs';

const sweep = (values, make) => values.forEach(make);
const narrow = { rate: 8000 };
const mulaw = (x) => decodeMulaw(encodeMulaw(resample(x, RATE, 8000)));
/** Groups of rows that one bar holds for (summary.mjs). */
const BARS = { clean: 'clean', opus24: 'opus-24k', middle: 'middle', low: 'low', lowest: 'lowest' };

// Telephone and calls.
row('telephone', 'clean', 'nothing at all', (x) => x, { bar: BARS.clean });
row('telephone', 'mulaw-8k', 'G.711 µ-law', mulaw, { ...narrow, bar: BARS.clean });
row('telephone', 'alaw-8k', 'G.711 A-law', (x) => decodeAlaw(encodeAlaw(resample(x, RATE, 8000))), narrow);
ffmpegRow('telephone', 'g722', 'G.722, 64 kbit/s', ['g722', '-ar 16000', 'g722'], { bar: BARS.clean });
ffmpegRow('telephone', 'g726-32k', 'G.726, 32 kbit/s', ['g726', '-ar 8000 -b:a 32k', 'wav'], narrow);
row('telephone', 'g729', 'G.729, 8 kbit/s', (x) => throughG729(x, RATE), { ...narrow, needs: ['g729'] });
ffmpegRow('telephone', 'g723-6.3k', 'G.723.1, 6.3 kbit/s', ['g723_1', '-ar 8000 -b:a 6.3k', 'wav'], narrow);
row('telephone', 'gsm-fr', 'GSM full rate', (x) => throughSox(x, RATE, 'gsm'), { ...narrow, needs: ['sox:gsm'], bar: BARS.low });
sweep(
  [
    [7, '12.2', BARS.low],
    [5, '7.95'],
    [4, '7.4'],
    [2, '5.9'],
    [0, '4.75', BARS.lowest],
  ],
  ([mode, kbps, bar]) =>
    row('telephone', `amr-nb-${kbps}k`, `AMR-NB ${kbps} kbit/s`, (x) => throughSox(x, RATE, 'amr-nb', ['-C', mode]), {
      ...narrow,
      needs: ['sox:amr-nb'],
      bar,
    }),
);
sweep(['23.85', '12.65', '6.6'], (kbps) =>
  ffmpegRow('telephone', `amr-wb-${kbps}k`, `AMR-WB ${kbps} kbit/s`, ['libvo_amrwbenc', `-ar 16000 -b:a ${kbps}k`, 'amr']),
);
row('telephone', 'opus-24k', 'Opus VOIP 24 kbit/s', opus(24000), { bar: BARS.opus24 });
row('telephone', 'opus-16k', 'Opus VOIP 16 kbit/s', opus(16000), { bar: BARS.middle });
row('telephone', 'opus-12k', 'Opus VOIP 12 kbit/s', opus(12000), { bar: BARS.low });
row('telephone', 'opus-8k', 'Opus VOIP 8 kbit/s', opus(8000));
sweep([1, 3, 5, 10], (loss) =>
  row(
    'telephone',
    `opus-24k-loss${loss}`,
    `Opus 24 kbit/s, ${loss} % of packets lost, concealed`,
    opus(24000, { lossRate: loss / 100 }),
    { bar: loss === 5 ? BARS.middle : undefined },
  ),
);
sweep([5, 10], (loss) =>
  row(
    'telephone',
    `opus-24k-loss${loss}-fec`,
    `Opus 24 kbit/s, ${loss} % lost, in-band FEC`,
    opus(24000, { lossRate: loss / 100, fec: true }),
  ),
);
sweep([1, 5, 10], (loss) =>
  row('telephone', `mulaw-loss${loss}`, `µ-law, ${loss} % of packets lost, concealed`, (x, { source }) =>
    time.packetLoss(mulaw(x), 8000, loss / 100, source),
  ),
);
ffmpegRow('telephone', 'speex-11k', 'Speex 11 kbit/s', ['libspeex', '-ar 8000 -b:a 11k', 'ogg'], narrow);
ffmpegRow('telephone', 'speex-8k', 'Speex 8 kbit/s', ['libspeex', '-ar 8000 -b:a 8k', 'ogg'], { ...narrow, bar: BARS.lowest });
row('telephone', 'mp3-32k', 'MP3 32 kbit/s', (x) => mp3RoundTrip(x, RATE, 32), { bar: BARS.clean });
ffmpegRow('telephone', 'aac-32k', 'AAC 32 kbit/s', ['aac', '-b:a 32k', 'm4a']);
ffmpegRow('telephone', 'codec2-3.2k', 'Codec 2, 3.2 kbit/s', ['libcodec2', '-ar 8000 -mode 3200', 'c2'], narrow);
row(
  'telephone',
  'opus-mulaw-mp3',
  'Opus 24k → µ-law → MP3 32k',
  async (x) => mp3RoundTrip(resample(mulaw(await opus(24000)(x)), 8000, RATE), RATE, 32),
  { bar: BARS.lowest },
);
row('telephone', 'opus16-mulaw', 'Opus 16k → µ-law', async (x) => mulaw(await opus(16000)(x)), narrow);
row(
  'telephone',
  'gsm-opus16',
  'GSM → µ-law → Opus 16k',
  async (x) => opus(16000)(resample(mulaw(resample(await throughSox(x, RATE, 'gsm'), 8000, RATE)), 8000, RATE)),
  { needs: ['sox:gsm'] },
);
row('telephone', 'band-300-3400', 'band-pass 300 … 3400 Hz', (x) => air.telephoneBand(x, RATE));

// Rooms, noise, other people.
sweep([20, 10, 5], (db) =>
  row('room', `noise-${db}db`, `white noise, ${db} dB`, (x, { source }) => air.withNoise(x, air.white(x.length, source), db), {
    bar: { 20: BARS.middle, 10: BARS.low }[db],
  }),
);
sweep([20, 10], (db) =>
  row('room', `pink-${db}db`, `pink noise, ${db} dB`, (x, { source }) => air.withNoise(x, air.pink(x.length, source), db)),
);
sweep([0.2, 0.4, 0.8], (rt60) =>
  row(
    'room',
    `reverb-${rt60}`,
    `room, RT60 ${rt60} s, direct sound as strong as the rest`,
    (x, { source }) => air.reverberate(x, RATE, rt60, 0, source),
    { bar: rt60 === 0.4 ? BARS.middle : undefined },
  ),
);
sweep([0.2, 0.4, 0.8], (rt60) =>
  sweep([20, 10], (db) =>
    row('room', `reverb-${rt60}-noise${db}`, `room RT60 ${rt60} s and noise ${db} dB`, (x, { source }) =>
      air.withNoise(air.reverberate(x, RATE, rt60, 0, source), air.pink(x.length, source), db),
    ),
  ),
);
sweep([-12, -6, 0], (db) =>
  row('room', `talker${db}db`, `another talker at ${db} dB`, (x, { others }) => air.withNoise(x, others[0].unmarked, -db), {
    bar: db === -6 ? BARS.low : undefined,
  }),
);
row('room', 'babble-10db', 'three talkers, 10 dB', (x, { others }) =>
  air.withNoise(
    x,
    others.slice(0, 3).reduce((a, o) => air.withNoise(a, o.unmarked, 0), others[0].unmarked),
    10,
  ),
);
// Clips begin with their sessions: two of one chip family would coincide, which calls do by one chance in 150.
row(
  'room',
  'two-agents',
  'another marked agent, equally loud, its slots 0.97 s later',
  (x, { others }) => air.withNoise(x, time.shift(others[0].marked, RATE, 970).samples, 0),
  { agents: true },
);
row('room', 'speakerphone', 'loudspeaker, room, microphone, echo', (x, { source }) => air.speakerphone(x, RATE, source));
row('room', 'agc', 'automatic gain control', (x) => air.agc(x, RATE));
row('room', 'compressor', 'compressor −30 dB, 4 : 1', (x) => air.compress(x, RATE, -30, 4));
sweep([1, 5], (share) => row('room', `clipped-${share}`, `loudest ${share} % clipped`, (x) => air.clip(x, share / 100)));
row(
  'room',
  'denoised',
  'noise 20 dB, then noise suppression (ffmpeg afftdn)',
  (x, { source }) => ffmpegFilter(air.withNoise(x, air.pink(x.length, source), 20), RATE, 'afftdn', 'afftdn=nr=12:nt=w'),
  { needs: ['ffmpeg:afftdn'] },
);

// Time.
sweep([1, 2], (every) =>
  row('time', `jitter-buffer-${every}s`, `jitter buffer, stretch or cut about every ${every} s`, (x, { source }) =>
    time.jitterBuffer(x, RATE, every, source),
  ),
);
sweep([20, 100, 200, -200], (ppm) =>
  row('time', `drift${ppm > 0 ? '+' : ''}${ppm}ppm`, `clock ${ppm} ppm off`, (x) => time.speed(x, RATE, 1 + ppm * 1e-6)),
);
sweep([0.5, -0.5, 1, -1], (percent) =>
  row('time', `speed${percent > 0 ? '+' : ''}${percent}`, `speed ${percent} % (pitch too)`, (x) =>
    time.speed(x, RATE, 1 + percent / 100),
  ),
);
// Beyond a percent a recording has to be searched for its speed, as `verify --search speed` does.
sweep([2, -2, 5, -5], (percent) =>
  row(
    'time',
    `speed${percent > 0 ? '+' : ''}${percent}`,
    `speed ${percent} % (pitch too), searched for`,
    (x) => time.speed(x, RATE, 1 + percent / 100),
    { search: true },
  ),
);
sweep([0.95, 1.05], (tempo) => tempoRow('time', `tempo-${tempo}`, tempo, { search: true }));
sweep([1, 3, 7, 37, 79], (ms) => row('time', `shift-${ms}ms`, `${ms} ms late`, (x) => time.shift(x, RATE, ms)));
sweep([3, 5, 10, 20], (seconds) =>
  row('time', `crop-${seconds}s`, `${seconds} s from the middle`, (x) =>
    time.keep(x, RATE, Math.min(15, Math.max(0, x.length / RATE - seconds)), seconds),
  ),
);
row('time', 'rates-44k1', '16 → 44.1 → 8 → 16 kHz', (x) => resample(resample(resample(x, RATE, 44100), 44100, 8000), 8000, RATE));
