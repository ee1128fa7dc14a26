/** Detection in a recording that is played faster or slower than it was spoken, its pitch changed or kept. */
import { CORE_RATE, findStretch, type Stretch, toCoreRate, undoStretch } from '@undertone/signal';
import { detect } from '../detect.ts';
import type { DetectorOptions } from '../detector.ts';
import type { ChannelReport, Finding } from '../report.ts';

/** The recording was listened to as it is, and as found. */
const TRIES = 2;

/**
 * Looks for the speed, then for the tempo, of one channel in which nothing was found, and detects at it. It takes about as much as
 * listening to 40 minutes, and then to the recording again.
 * @param onProgress told the share of the search that is done
 * @returns the report, its times those of the recording as it is, with the finding `speed-changed` or `tempo-changed`; null when none shows a mark
 */
export function detectStretched(
  samples: Float32Array,
  options: DetectorOptions,
  onProgress?: (share: number) => void,
): ChannelReport | null {
  const converter = toCoreRate(options.sampleRate);
  const parts = [converter.process(samples), converter.flush()];
  const core = new Float32Array(parts[0].length + parts[1].length);
  core.set(parts[0]);
  core.set(parts[1], parts[0].length);
  const stretch = findStretch(core, onProgress);
  if (stretch === null) return null;
  return asPlayed(detect(undoStretch(core, stretch), { ...options, sampleRate: CORE_RATE }), stretch);
}

/** Times of the sound as it was spoken as times of the recording. */
function asPlayed(report: ChannelReport, { kind, factor }: Stretch): ChannelReport {
  const findings = (list: readonly Finding[]): Finding[] =>
    list.map((f) => ({
      ...f,
      ...(f.startSeconds === undefined ? {} : { startSeconds: f.startSeconds / factor }),
      ...(f.endSeconds === undefined ? {} : { endSeconds: f.endSeconds / factor }),
    }));
  const time = (seconds: number | null): number | null => (seconds === null ? null : seconds / factor);
  return {
    ...report,
    speechSeconds: report.speechSeconds / factor,
    unmarkedSpeechSeconds: report.unmarkedSpeechSeconds / factor,
    spans: report.spans.map((span) => ({
      ...span,
      startSeconds: span.startSeconds / factor,
      endSeconds: span.endSeconds / factor,
      firstClaimedSeconds: time(span.firstClaimedSeconds),
      firstVerifiedSeconds: time(span.firstVerifiedSeconds),
      falseAlarmProbability: Math.min(1, TRIES * span.falseAlarmProbability),
      findings: findings(span.findings),
    })),
    findings: [
      ...findings(report.findings),
      { code: `${kind}-changed`, detail: `played ${factor} times as fast as it was spoken` },
    ],
  };
}
