/** PCM helpers without any dependency. */
export { alawToLinear, decodeAlaw, encodeAlaw, linearToAlaw } from './alaw.ts';
export { decodeMulaw, encodeMulaw, linearToMulaw, mulawToLinear } from './mulaw.ts';
export { decodePcm16, encodePcm16, floatToInt16, int16ToFloat, toInt16 } from './pcm16.ts';
export { Resampler, type ResamplerOptions, resample } from './resampler.ts';
