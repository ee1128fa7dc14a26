/** Between the sound's own rate and the core rate, with filters short enough for a 20 ms budget. */
import { Resampler } from '@undertone/audio/pcm';
import { CORE_RATE } from './profile.ts';

/** Half-length of the filters in core samples: 1.1 ms each way. The bands end at 3.3 kHz, images begin at 4.7 kHz. */
const HALF_LENGTH = 9;
const SHORT = { halfLength: HALF_LENGTH, cutoff: 1, beta: 5.4 };
/** Rates that the profile is defined for, Hz. */
export const MIN_RATE = 8000;
export const MAX_RATE = 48000;

/** A streaming conversion; the identity at 8 kHz. */
export interface RateConverter {
  process(samples: Float32Array): Float32Array;
  flush(): Float32Array;
}

const identity: RateConverter = { process: (x) => x, flush: () => new Float32Array(0) };

/** From the sound's rate to 8 kHz. Throws a RangeError outside 8 … 48 kHz. */
export function toCoreRate(sampleRate: number): RateConverter {
  if (!(sampleRate >= MIN_RATE && sampleRate <= MAX_RATE))
    throw new RangeError(`sample rate ${sampleRate} is outside 8000 … 48000 Hz`);
  return sampleRate === CORE_RATE ? identity : new Resampler(sampleRate, CORE_RATE, SHORT);
}

/** From 8 kHz to the sound's rate. */
export function fromCoreRate(sampleRate: number): RateConverter {
  if (!(sampleRate >= MIN_RATE && sampleRate <= MAX_RATE))
    throw new RangeError(`sample rate ${sampleRate} is outside 8000 … 48000 Hz`);
  return sampleRate === CORE_RATE ? identity : new Resampler(CORE_RATE, sampleRate, SHORT);
}
