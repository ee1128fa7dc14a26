/** PCM helpers without any dependency. */
export { decodeMulaw, encodeMulaw, linearToMulaw, mulawToLinear } from './mulaw.ts';
export { Resampler, type ResamplerOptions, resample } from './resampler.ts';
