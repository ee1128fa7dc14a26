/** The voices that calls may ask for, read and encoded before the first call: a file that is none is found before the server is ready. */
import { FRAME_SAMPLES, type LmConfig } from '../config.ts';
import { ModelError } from '../errors.ts';
import type { VoiceFile, VoiceFiles } from '../voice/voice-files.ts';
import { checkTokens, readVoicePrompt, type VoicePrompt } from '../voice/voice-prompt.ts';
import { readVoiceSound } from '../voice/voice-sound.ts';
import type { CodecSide } from './codec.ts';

/** A voice as it was saved while it was being heard, or its codes frame by frame. */
export type Voice = VoicePrompt | { readonly codes: readonly (readonly number[])[] };
export type Voices = ReadonlyMap<string, Voice>;

/**
 * Call before any place is taken.
 * @throws ModelError `voice-malformed` naming the voice
 */
export function readVoices(files: VoiceFiles, config: LmConfig, encoder: CodecSide): Voices {
  const read = ({ form, content }: VoiceFile): Voice => {
    if (form === 'sound') return { codes: encode(readVoiceSound(content()), encoder) };
    const voice = readVoicePrompt(content(), config.dim);
    checkTokens(voice, config);
    return voice;
  };
  return new Map([...files].map(([name, file]) => [name, named(name, () => read(file))]));
}

function named<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    throw new ModelError(error.code, `voice ${name}: ${error.message}`, { cause: error });
  }
}

/** A sound of whole frames, from Mimi's beginning. */
function encode(sound: Float32Array, encoder: CodecSide): number[][] {
  encoder.reset(0);
  const codes = Array.from({ length: sound.length / FRAME_SAMPLES }, (_, t) =>
    encoder.encode(sound.subarray(t * FRAME_SAMPLES, (t + 1) * FRAME_SAMPLES)),
  );
  encoder.reset(0);
  return codes;
}
