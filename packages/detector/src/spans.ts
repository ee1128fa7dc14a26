/** From matches and claims to the spans of a report. */
import { SLOT_MS } from '@undertone/signal';
import { hex, transition } from '@undertone/token';
import type { Match } from './matcher.ts';
import type { Finding, Span } from './report.ts';
import { type Claim, spansOfClaim, type TaggedSession } from './spans-of-claim.ts';
import { spansOfMatch } from './spans-of-match.ts';
import type { SpeechMeter } from './speech-meter.ts';

const SLOT_SECONDS = SLOT_MS / 1000;
/** Heard time and session time of two spans may differ this much before it is called a gap, seconds. */
const GAP_SECONDS = 0.1;
/** Speech outside every span is worth a finding from this length on, seconds. */
const UNMARKED_SECONDS = 1;

const overlap = (a: Span, b: Span): number => Math.min(a.endSeconds, b.endSeconds) - Math.max(a.startSeconds, b.startSeconds);

/** What spans are made of. */
export interface SpanSources {
  readonly matches: readonly Match[];
  readonly claims: readonly Claim[];
  readonly tagged: readonly TaggedSession[];
}

/**
 * All spans in order of time. A claim counts only where no match of its session explains it.
 * @param revoked session ids whose card was not valid at the time judged
 */
export function buildSpans(
  { matches, claims, tagged }: SpanSources,
  claimFindings: (claim: Claim) => readonly Finding[],
  revoked: ReadonlySet<string>,
): Span[] {
  const spans: Span[] = [];
  for (const match of [...matches].sort((a, b) => b.bits - a.bits)) {
    if (match.slots.length === 0) continue;
    for (const span of spansOfMatch(match, claims)) {
      // A neighbouring alignment hears the same slots again, only worse.
      const again = spans.some(
        (s) => s.sessionId === span.sessionId && overlap(s, span) > (span.endSeconds - span.startSeconds) / 2,
      );
      if (!again) spans.push(span);
    }
  }
  for (const claim of claims) {
    const session = tagged.find(({ sessionId }) => sessionId === hex(claim.locator));
    const own = spansOfClaim(claim, claimFindings(claim), session);
    if (!spans.some((s) => own.some((span) => s.sessionId === span.sessionId && overlap(s, span) > 0))) spans.push(...own);
  }
  return spans.map((span) => judgeStatus(span, revoked)).sort((a, b) => a.startSeconds - b.startSeconds);
}

function judgeStatus(span: Span, revoked: ReadonlySet<string>): Span {
  if (!revoked.has(span.sessionId ?? '')) return span;
  return { ...span, state: transition(span.state, 'revoked'), findings: [...span.findings, { code: 'card-revoked' }] };
}

/** Speech outside every span, where there is a span at all. */
export function uncovered(spans: readonly Span[], meter: SpeechMeter, endSeconds: number): Finding[] {
  const findings: Finding[] = [];
  let from = 0;
  for (const span of spans) {
    if (meter.seconds(from, span.startSeconds) >= UNMARKED_SECONDS)
      findings.push({ code: 'unmarked-speech', startSeconds: from, endSeconds: span.startSeconds });
    from = Math.max(from, span.endSeconds);
  }
  if (spans.length > 0 && meter.seconds(from, endSeconds) >= UNMARKED_SECONDS)
    findings.push({ code: 'unmarked-speech', startSeconds: from, endSeconds });
  return findings;
}

/** Jumps between the matches of one session. */
export function jumps(matches: readonly Match[]): Finding[] {
  const findings: Finding[] = [];
  const sorted = matches
    .filter((m) => m.slots.length > 0)
    .sort((a, b) => a.slots[0].heard.startSeconds - b.slots[0].heard.startSeconds);
  for (let i = 1; i < sorted.length; i++) {
    const [before, after] = [sorted[i - 1], sorted[i]];
    if (before.evidence !== after.evidence) continue;
    const a = before.slots.at(-1)!;
    const b = after.slots[0];
    const heard = b.heard.startSeconds - a.heard.startSeconds;
    const said = (b.slot - a.slot) * SLOT_SECONDS;
    if (heard <= 0 || Math.abs(heard - said) <= GAP_SECONDS) continue;
    findings.push({
      code: said <= 0 ? 'out-of-order' : 'gap',
      startSeconds: a.heard.startSeconds + SLOT_SECONDS,
      endSeconds: b.heard.startSeconds,
      detail: `${Math.abs(heard - said).toFixed(2)} s ${said > heard ? 'are missing' : 'were added or repeated'}`,
    });
  }
  return findings;
}
