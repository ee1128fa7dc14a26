/** The channels that every attack goes through: real codecs. */
import { opusRoundTrip } from '@undertone/audio';
import { decodeMulaw, encodeMulaw, resample } from '@undertone/audio/pcm';
import { RATE } from './call.ts';

/** One path from the agent's mouth to the verifier's ear. */
export interface Codec {
  readonly name: string;
  /** Sample rate of what arrives, Hz. */
  readonly rate: number;
  /** @param samples at {@link RATE} */
  through(samples: Float32Array): Promise<Float32Array>;
}

export const MULAW: Codec = {
  name: 'µ-law',
  rate: 8000,
  through: async (x) => decodeMulaw(encodeMulaw(resample(x, RATE, 8000))),
};
export const OPUS: Codec = { name: 'Opus 24k', rate: RATE, through: (x) => opusRoundTrip(x, RATE, { bitrate: 24000 }) };

export const CODECS: readonly Codec[] = [MULAW, OPUS];
