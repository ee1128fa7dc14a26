/**
 * How far a voice has moved from its reference. Both are summarised over their voiced frames by the mean and spread of the cepstrum
 * and of the pitch (in octaves); the distance compares the two summaries as normal distributions, axis by axis:
 *
 *     d = sqrt( Σ (m₁ − m₂)² / (s₁² + s₂²) / n )
 *
 * for n axes, cepstrum and pitch weighing the same. 0 is the same voice; `docs/model.md` gives the distances of recordings.
 * A measure of continuity, not a proof of identity: whoever imitates the reference is close to it.
 */
import { ModelError } from '../errors.ts';
import { COEFFICIENTS, FEATURE_RATE, HOP, type VoicedFrame, voicedFrames } from './features.ts';
import { WINDOW } from './fourier.ts';

/** Voiced frames of 20 ms that a summary needs: two seconds. */
export const LEAST_FRAMES = 100;

/** Mean and variance of each axis. */
export interface VoiceSummary {
  readonly frames: number;
  readonly mean: Float64Array;
  readonly variance: Float64Array;
}

/** Samples that a description looks beyond its own step. */
const OVERLAP = WINDOW - HOP;
const AXES = COEFFICIENTS + 1;
const axis = (frame: VoicedFrame, i: number): number => (i < COEFFICIENTS ? frame.cepstrum[i] : frame.pitch);

/** Null when there are fewer than {@link LEAST_FRAMES} voiced frames. */
export function summarise(frames: readonly VoicedFrame[]): VoiceSummary | null {
  if (frames.length < LEAST_FRAMES) return null;
  const mean = Float64Array.from({ length: AXES }, (_, i) => frames.reduce((sum, f) => sum + axis(f, i), 0) / frames.length);
  const variance = mean.map((m, i) => frames.reduce((sum, f) => sum + (axis(f, i) - m) ** 2, 0) / frames.length);
  return { frames: frames.length, mean, variance };
}

/** Timbre and pitch weigh the same. */
export function voiceDistance(a: VoiceSummary, b: VoiceSummary): number {
  const gap = (i: number): number => (a.mean[i] - b.mean[i]) ** 2 / (a.variance[i] + b.variance[i] + 1e-9);
  let timbre = 0;
  for (let i = 0; i < COEFFICIENTS; i++) timbre += gap(i);
  return Math.sqrt((timbre / COEFFICIENTS + gap(COEFFICIENTS)) / 2);
}

/** One point of the curve. */
export interface VoicePoint {
  /** Seconds of sound heard so far. */
  readonly atSeconds: number;
  /** From the reference to the last seconds. */
  readonly distance: number;
}

/** Follows a voice: the distance of its last seconds from the reference, as the sound comes. */
export class VoiceContinuity {
  private readonly reference: VoiceSummary;
  private readonly window: number;
  private readonly recent: VoicedFrame[] = [];
  private samples = 0;
  private carry: Float32Array = new Float32Array(0);

  /**
   * @param reference the voice as it should be, 24 kHz, at least two seconds of it voiced
   * @param windowSeconds voiced seconds that a point of the curve looks at, 2 … 60
   * @throws ModelError `argument-invalid`
   */
  constructor(reference: Float32Array, windowSeconds = 5) {
    if (!(windowSeconds >= 2 && windowSeconds <= 60))
      throw new ModelError('argument-invalid', `the window must be from 2 to 60 seconds, not ${windowSeconds}`);
    const summary = summarise(voicedFrames(reference));
    if (!summary) throw new ModelError('argument-invalid', 'the reference has less than two seconds of voice');
    this.reference = summary;
    this.window = Math.round((windowSeconds * FEATURE_RATE) / HOP);
  }

  /** The next sound, 24 kHz; null until there is enough voice in it. */
  push(samples: Float32Array): VoicePoint | null {
    const joined = new Float32Array(this.carry.length + samples.length);
    joined.set(this.carry);
    joined.set(samples, this.carry.length);
    this.samples += samples.length;
    const whole = Math.max(0, Math.floor((joined.length - OVERLAP) / HOP) * HOP);
    this.carry = joined.slice(whole);
    if (whole === 0) return null;
    this.recent.push(...voicedFrames(joined.subarray(0, whole + OVERLAP)));
    this.recent.splice(0, Math.max(0, this.recent.length - this.window));
    const summary = summarise(this.recent);
    return summary && { atSeconds: this.samples / FEATURE_RATE, distance: voiceDistance(this.reference, summary) };
  }
}
