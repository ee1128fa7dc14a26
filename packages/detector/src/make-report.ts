/** Puts the report together from what was matched, claimed and heard. */
import { hex } from '@undertone/token';
import type { LiveSession } from './live-session.ts';
import type { Matcher } from './matcher.ts';
import type { ChannelReport, Finding, Span } from './report.ts';
import { sessionsOfReport } from './sessions-of-report.ts';
import { worstState } from './severity.ts';
import { buildSpans, jumps, uncovered } from './spans.ts';
import type { Claim } from './spans-of-claim.ts';
import type { SpeechMeter } from './speech-meter.ts';

/** What a detector knows at the end. */
export interface Known {
  readonly channel: number;
  /** Length of the sound. */
  readonly seconds: number;
  readonly meter: SpeechMeter;
  /** One for each session record that was given. */
  readonly matchers: readonly Matcher[];
  readonly live: readonly LiveSession[];
  readonly claims: readonly Claim[];
  readonly findings: readonly Finding[];
}

function markedSeconds(spans: readonly Span[], meter: SpeechMeter): number {
  let marked = 0;
  for (const span of spans) {
    if (span.state === 'conflict') continue;
    marked += meter.seconds(span.startSeconds, span.endSeconds);
    for (const f of span.findings) if (f.code === 'unmarked-speech') marked -= meter.seconds(f.startSeconds, f.endSeconds);
  }
  return marked;
}

/** The first and the last model frame may reach over the ends of the sound; what a report says does not. */
function withinSound<T extends Finding | Span>(part: T, seconds: number): T {
  const { startSeconds, endSeconds } = part;
  return {
    ...part,
    ...(startSeconds === undefined ? {} : { startSeconds: Math.max(0, startSeconds) }),
    ...(endSeconds === undefined ? {} : { endSeconds: Math.min(seconds, endSeconds) }),
  };
}

export function makeReport({ channel, seconds, meter, matchers, live, claims, ...known }: Known): ChannelReport {
  const matches = [...matchers, ...live.map((l) => l.matcher)].flatMap((m) => m.matches);
  const given = matchers.map((m) => hex(m.evidence.card.locator));
  const mismatch = (claim: Claim): Finding[] =>
    given.length > 0 && !given.includes(hex(claim.locator))
      ? [{ code: 'session-mismatch', detail: 'the sound names another session' }]
      : [];
  const revoked = new Set(live.filter((l) => l.state === 'revoked').map((l) => l.sessionId));
  const tagged = live.filter((l) => l.sealed.taggedSeconds !== null);
  const spans = buildSpans({ matches, claims, tagged }, mismatch, revoked).map((span) => ({
    ...withinSound(span, seconds),
    findings: span.findings.map((finding) => withinSound(finding, seconds)),
  }));
  const findings = [...known.findings, ...jumps(matches), ...uncovered(spans, meter, seconds)];
  if (new Set(spans.map((s) => s.sessionId)).size > 1) findings.push({ code: 'several-sessions' });
  const speech = meter.seconds();
  return {
    channel,
    state: worstState(spans),
    speechSeconds: speech,
    unmarkedSpeechSeconds: Math.max(0, speech - markedSeconds(spans, meter)),
    spans,
    sessions: sessionsOfReport(spans, matchers, live, claims),
    findings,
    challenges: live.flatMap((l) => l.sealed.challenges.reports),
    twoWay: live.flatMap(({ sessionId, sealed }) => (sealed.twoWay ? [{ sessionId, ...sealed.twoWay }] : [])),
    absenceProvesNothing: true,
  };
}
