/** What a voice sounds like over time, in numbers: the spectrum's envelope and the pitch of every voiced frame. */
import { correlation, powerSpectrum, WINDOW } from './fourier.ts';

/** Rate of the sound that is described, Hz. */
export const FEATURE_RATE = 24000;
/** Samples from one description to the next: 20 ms. */
export const HOP = 480;
/** Bands of the envelope, on the mel scale from 100 Hz to 7 kHz, and cepstral coefficients kept (the loudness is left out). */
const BANDS = 26;
const LOWEST_HZ = 100;
const HIGHEST_HZ = 7000;
export const COEFFICIENTS = 14;
/** Pitch of human voices, Hz. */
const LOWEST_PITCH = 60;
const HIGHEST_PITCH = 420;
/** Periods of such pitches, samples. */
const LONGEST_LAG = Math.floor(FEATURE_RATE / LOWEST_PITCH);
const SHORTEST_LAG = Math.ceil(FEATURE_RATE / HIGHEST_PITCH);
/** Normalised autocorrelation above which a frame is voiced. */
const VOICED = 0.5;
/** Root of the mean square below which nothing is described. */
const QUIET = 0.005;

export interface VoicedFrame {
  /** Cepstral coefficients 1 … 14. */
  readonly cepstrum: Float64Array;
  /** Octaves above 1 Hz. */
  readonly pitch: number;
}

/** The voiced frames of a stretch of sound, 24 kHz, −1 … 1. */
export function voicedFrames(samples: Float32Array): VoicedFrame[] {
  const frames: VoicedFrame[] = [];
  for (let start = 0; start + WINDOW <= samples.length; start += HOP) {
    const frame = samples.subarray(start, start + WINDOW);
    if (Math.sqrt(frame.reduce((sum, v) => sum + v * v, 0) / WINDOW) < QUIET) continue;
    const pitch = pitchOf(frame);
    if (pitch !== null) frames.push({ cepstrum: cepstrumOf(frame), pitch: Math.log2(pitch) });
  }
  return frames;
}

/** The fundamental by autocorrelation, Hz; null for a frame that is not voiced. */
function pitchOf(frame: Float32Array): number | null {
  const cross = correlation(frame, LONGEST_LAG);
  // Energies of the stretch that stays and of the one that moves with the lag.
  let energy = 1e-9;
  for (let i = 0; i < WINDOW - LONGEST_LAG; i++) energy += frame[i] * frame[i];
  let moved = energy;
  const curve = cross.map((product, lag) => {
    const value = product / Math.sqrt(energy * moved);
    moved += frame[lag + WINDOW - LONGEST_LAG] ** 2 - frame[lag] ** 2;
    return lag < SHORTEST_LAG ? 0 : value;
  });
  const top = curve.reduce((most, v) => Math.max(most, v));
  if (top < VOICED) return null;
  // The first peak that is nearly the highest: the others are its multiples.
  for (let lag = SHORTEST_LAG + 1; lag < LONGEST_LAG; lag++)
    if (curve[lag] > 0.9 * top && curve[lag] >= curve[lag - 1] && curve[lag] >= curve[lag + 1]) return FEATURE_RATE / lag;
  return null;
}

const mel = (hz: number): number => 1127 * Math.log1p(hz / 700);
const hertz = (m: number): number => 700 * Math.expm1(m / 1127);

/** Centres of the bands and of their neighbours, Hz. */
const EDGES = Array.from({ length: BANDS + 2 }, (_, i) =>
  hertz(mel(LOWEST_HZ) + ((mel(HIGHEST_HZ) - mel(LOWEST_HZ)) * i) / (BANDS + 1)),
);
const HANN = Float64Array.from({ length: WINDOW }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / WINDOW));

function cepstrumOf(frame: Float32Array): Float64Array {
  const power = powerSpectrum(HANN.map((weight, i) => weight * frame[i]));
  const bin = FEATURE_RATE / WINDOW;
  const bands = Float64Array.from({ length: BANDS }, (_, b) => {
    const [low, centre, high] = EDGES.slice(b, b + 3);
    let sum = 1e-9;
    for (let i = Math.ceil(low / bin); i <= Math.floor(high / bin); i++) {
      const hz = i * bin;
      sum += power[i] * (hz < centre ? (hz - low) / (centre - low) : (high - hz) / (high - centre));
    }
    return Math.log(sum);
  });
  return Float64Array.from(
    { length: COEFFICIENTS },
    (_, k) => bands.reduce((sum, v, b) => sum + v * Math.cos((Math.PI * (k + 1) * (b + 0.5)) / BANDS), 0) / BANDS,
  );
}
