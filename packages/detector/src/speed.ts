/** Detection in a recording that is played faster or slower than it was spoken. */
import { CORE_RATE, findSpeed, toCoreRate, undoSpeed } from '@undertone/signal';
import { detect } from './detect.ts';
import type { DetectorOptions } from './detector.ts';
import type { ChannelReport, Finding } from './report.ts';

/** The recording was listened to as it is, and at the speed found. */
const TRIES = 2;

/**
 * Looks for the speed of one channel in which nothing was found, and detects at that speed. It takes about half a second of one core for
 * every second of the loudest 24 s, and then as long as listening again.
 * @param onProgress told the share of the search that is done
 * @returns the report, its times those of the recording as it is, with the finding `speed-changed`; null when no speed shows a mark
 */
export function detectAtFoundSpeed(
  samples: Float32Array,
  options: DetectorOptions,
  onProgress?: (share: number) => void,
): ChannelReport | null {
  const converter = toCoreRate(options.sampleRate);
  const parts = [converter.process(samples), converter.flush()];
  const core = new Float32Array(parts[0].length + parts[1].length);
  core.set(parts[0]);
  core.set(parts[1], parts[0].length);
  const speed = findSpeed(core, onProgress);
  if (speed === null) return null;
  const report = detect(undoSpeed(core, speed), { ...options, sampleRate: CORE_RATE });
  return asPlayed(report, speed);
}

/** Times of the sound at its own speed as times of the recording. */
function asPlayed(report: ChannelReport, speed: number): ChannelReport {
  const findings = (list: readonly Finding[]): Finding[] =>
    list.map((f) => ({
      ...f,
      ...(f.startSeconds === undefined ? {} : { startSeconds: f.startSeconds / speed }),
      ...(f.endSeconds === undefined ? {} : { endSeconds: f.endSeconds / speed }),
    }));
  const time = (seconds: number | null): number | null => (seconds === null ? null : seconds / speed);
  return {
    ...report,
    speechSeconds: report.speechSeconds / speed,
    unmarkedSpeechSeconds: report.unmarkedSpeechSeconds / speed,
    spans: report.spans.map((span) => ({
      ...span,
      startSeconds: span.startSeconds / speed,
      endSeconds: span.endSeconds / speed,
      firstClaimedSeconds: time(span.firstClaimedSeconds),
      firstVerifiedSeconds: time(span.firstVerifiedSeconds),
      falseAlarmProbability: Math.min(1, TRIES * span.falseAlarmProbability),
      findings: findings(span.findings),
    })),
    findings: [...findings(report.findings), { code: 'speed-changed', detail: `played ${speed} times as fast as it was spoken` }],
  };
}
