/** Audio files and telephone codecs for Undertone. */
export { decodeAudio } from './decode.ts';
export { encodeAudio } from './encode.ts';
export { AudioError, type AudioErrorCode } from './errors.ts';
export { mp3RoundTrip } from './mp3.ts';
export { encodeOggOpus, type OggOpusOptions } from './ogg/index.ts';
export { encodeOpusFile, type OpusChannelOptions, opusRoundTrip } from './opus.ts';
export { type AudioKind, sniff } from './sniff.ts';
export { type AudioData, decodeWav, encodeWav } from './wav/index.ts';
