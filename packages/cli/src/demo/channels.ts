/** The paths between the agent's mouth and the far end's ear. */
import { mp3RoundTrip, opusRoundTrip } from '@undertone/audio';
import { decodeMulaw, encodeMulaw, resample } from '@undertone/audio/pcm';
import { callerVoice, RATE, talkOver } from './speech.ts';

/** One path. `through` gives what the far end hears. */
export interface CallChannel {
  readonly id: string;
  readonly name: string;
  readonly rate: number;
  through(samples: Float32Array): Promise<Float32Array>;
}

/** G.711 µ-law at 8 kHz, the telephone. */
export const telephone = (samples: Float32Array): Float32Array => decodeMulaw(encodeMulaw(resample(samples, RATE, 8000)));

/** Every channel of the demonstration, all of them real codecs. */
export const CHANNELS: readonly CallChannel[] = [
  { id: 'opus', name: 'Opus 24 kbit/s VOIP', rate: RATE, through: (x) => opusRoundTrip(x, RATE, { bitrate: 24000 }) },
  { id: 'mulaw', name: 'µ-law 8 kHz telephone', rate: 8000, through: async (x) => telephone(x) },
  { id: 'mp3', name: 'MP3 32 kbit/s recording', rate: RATE, through: (x) => mp3RoundTrip(x, RATE, 32) },
  {
    id: 'opus-loss',
    name: 'Opus 24 kbit/s, 3 % packets lost',
    rate: RATE,
    through: (x) => opusRoundTrip(x, RATE, { bitrate: 24000, lossRate: 0.03 }),
  },
  {
    id: 'overlap',
    name: 'telephone, the caller talks over the agent at −6 dB',
    rate: 8000,
    through: async (x) => telephone(talkOver(x, await callerVoice(), 12, 10, -6)),
  },
];
