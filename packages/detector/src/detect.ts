/** Detection in a recording that is there as a whole. */
import { createDetector, type DetectorOptions } from './detector.ts';
import type { ChannelReport } from './report.ts';

/** Detects in one channel, a second at a time. */
export function detect(samples: Float32Array, options: DetectorOptions): ChannelReport {
  const detector = createDetector(options);
  const chunk = options.sampleRate;
  for (let at = 0; at < samples.length; at += chunk) detector.push(samples.subarray(at, at + chunk));
  return detector.report();
}
