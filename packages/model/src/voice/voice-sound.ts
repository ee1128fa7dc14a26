/** Voices given as WAV files: as loud as PersonaPlex's own code makes them, in whole frames of Mimi. */
import { resample } from '@undertone/audio/pcm';
import { decodeWav } from '@undertone/audio/wav';
import { FRAME_SAMPLES, SAMPLE_RATE } from '../config.ts';
import { ModelError } from '../errors.ts';
import { loudness } from './loudness.ts';

const TARGET_LUFS = -24;
const SECONDS_LIMIT = 120;

/**
 * 24 kHz, the last frame filled up with zeros. Channels are mixed.
 * @throws ModelError `voice-malformed`: no WAV file, cut off, silent, shorter than 0.4 s or longer than two minutes
 */
export function readVoiceSound(file: Uint8Array): Float32Array {
  const { channels, sampleRate } = decode(file);
  const length = channels[0].length;
  if (length > SECONDS_LIMIT * sampleRate) throw bad(`it takes ${Math.ceil(length / sampleRate)} s, at most ${SECONDS_LIMIT}`);
  const mixed = channels[0].map((_, i) => channels.reduce((sum, channel) => sum + channel[i], 0) / channels.length);
  const sound = resample(mixed, sampleRate, SAMPLE_RATE);
  const measured = loudness(sound, SAMPLE_RATE);
  if (!Number.isFinite(measured)) throw bad('it is silent, or shorter than 0.4 s');
  const gain = 10 ** ((TARGET_LUFS - measured) / 20);
  const frames = new Float32Array(Math.ceil(sound.length / FRAME_SAMPLES) * FRAME_SAMPLES);
  frames.set(sound.map((v) => v * gain));
  return frames;
}

function decode(file: Uint8Array): ReturnType<typeof decodeWav> {
  let data: ReturnType<typeof decodeWav>;
  try {
    data = decodeWav(file);
  } catch (cause) {
    throw bad((cause as Error).message, { cause });
  }
  if (data.truncated) throw bad('the file ends before its header says');
  if (data.repaired) throw bad('it has samples that are not numbers');
  return data;
}

function bad(why: string, options?: ErrorOptions): ModelError {
  return new ModelError('voice-malformed', `not a voice prompt: ${why}`, options);
}
