/** From matches and claims to the spans of a report. */
import { SLOT_MS } from '@undertone/signal';
import { addDistances, type Content, digestVerdict, hex, isVerified, type SpanEvent, transition } from '@undertone/token';
import { withoutAltered } from './altered-words.ts';
import { FRAME_SECONDS } from './heard.ts';
import type { Match, MatchedSlot } from './matcher.ts';
import type { Finding, Span } from './report.ts';
import type { SignedEpoch } from './sound-session.ts';
import type { SpeechMeter } from './speech-meter.ts';

/** A locator that was read from a track. */
export interface Claim {
  readonly track: number;
  readonly locator: Uint8Array;
  /** Where the group of the first reading begins, and when it had been read. */
  readonly startSeconds: number;
  readonly readSeconds: number;
  readonly falseAlarmProbability: number;
  /** Where the last slot ends in which the mark was present; frames of the open lane that were read. */
  endSeconds: number;
  frames: number;
  /** Frames that went by unread, at least, and the part up to which that is counted. */
  lost: number;
  lastPart: number;
  /** Who signed the card, once it was read from the sound alone, and when that was. */
  issuer: string | null;
  cardSeconds: number | null;
  /** What checkpoints read from the sound sign, and when the first had been read. */
  readonly epochs: SignedEpoch[];
  checkpointSeconds: number | null;
}

/** Model frames in which unexplained speech is looked for, and how much of them must be speech. */
const WINDOW = 16;
const WINDOW_SPEECH = 10;
/** Sealed bits of information that explain a window of speech. */
const WINDOW_BITS = 1.5;
const SLOT_SECONDS = SLOT_MS / 1000;
/** Heard time and session time of two spans may differ this much before it is called a gap, seconds. */
const GAP_SECONDS = 0.1;
/** Speech outside every span is worth a finding from this length on, seconds. */
const UNMARKED_SECONDS = 1;

/** Model frames of a stretch of slots with their times. */
interface TimedFrame {
  readonly at: number;
  readonly bits: number;
  readonly speech: boolean;
}

function framesOf(slots: readonly MatchedSlot[]): TimedFrame[] {
  return slots.flatMap(({ heard, perFrame }) =>
    Array.from(perFrame, (bits, f) => ({ at: heard.startSeconds + f * FRAME_SECONDS, bits, speech: heard.speech[f] })),
  );
}

/** First and last frame of the stretch whose information is largest: that is where the mark begins and ends. */
function edges(frames: readonly TimedFrame[]): [number, number] {
  let sum = 0;
  let lowest = 0;
  let start = 0;
  let best = -Infinity;
  let from = 0;
  let to = frames.length - 1;
  frames.forEach(({ bits }, i) => {
    if (sum <= lowest) {
      lowest = sum;
      start = i;
    }
    sum += bits;
    if (bits > 0 && sum - lowest > best) {
      best = sum - lowest;
      from = start;
      to = i;
    }
  });
  // Silence before the first carried frame belongs to nobody.
  while (from < to && frames[from].bits <= 0) from++;
  return [from, to];
}

/** Stretches of speech that the mark does not explain, as [start, end) in seconds. */
function unexplained(frames: readonly TimedFrame[]): [number, number][] {
  const marked = new Uint8Array(frames.length);
  for (let i = 0; i + WINDOW <= frames.length; i++) {
    const window = frames.slice(i, i + WINDOW);
    const speech = window.filter((f) => f.speech).length;
    const bits = window.reduce((a, f) => a + f.bits, 0);
    if (speech >= WINDOW_SPEECH && bits < WINDOW_BITS) marked.fill(1, i, i + WINDOW);
  }
  const stretches: [number, number][] = [];
  frames.forEach(({ at }, i) => {
    if (!marked[i]) return;
    const last = stretches.at(-1);
    if (last && marked[i - 1]) last[1] = at + FRAME_SECONDS;
    else stretches.push([at, at + FRAME_SECONDS]);
  });
  return stretches;
}

/** Slots that follow each other with or without the signed words. */
function segments(match: Match): { conflict: boolean; slots: MatchedSlot[] }[] {
  const out: { conflict: boolean; slots: MatchedSlot[] }[] = [];
  for (const slot of match.slots) {
    const conflict = slot.verdict === 'mismatch';
    const last = out.at(-1);
    if (last && (last.conflict === conflict || slot.verdict === 'undecided')) last.slots.push(slot);
    else out.push({ conflict, slots: [slot] });
  }
  return out;
}

function contentOf(slots: readonly MatchedSlot[]): { content: Content; findings: Finding[] } {
  const sum = addDistances(slots.map((s) => s.distance));
  const findings: Finding[] = slots
    .filter((s) => s.verdict === 'undecided' && s.distance.compared >= 100)
    .map((s) => ({
      code: 'content-undecided',
      startSeconds: s.heard.startSeconds,
      endSeconds: s.heard.startSeconds + SLOT_SECONDS,
    }));
  const verdict = digestVerdict(sum.compared, sum.errors);
  if (verdict === 'match') return { content: 'full', findings };
  return { content: 'none', findings: verdict === 'undecided' ? [...findings, { code: 'content-undecided' }] : findings };
}

/** What a match proves where the words are the signed words: a call that was live stays so in its report, a file never gets there. */
function proofOf(match: Match): SpanEvent {
  if (match.evidence.source === 'record') return 'proven-offline';
  return match.arrival === 'in-time' ? 'proven-live' : 'locator';
}

/** Spans of one match, cut where its words change. */
const spansOfMatch = (match: Match, claims: readonly Claim[]): Span[] =>
  stretchesOfMatch(match, claims).flatMap((span) => (isVerified(span.state) ? withoutAltered(span, match.slots) : [span]));

/** Spans of one match, slot by slot. */
function stretchesOfMatch(match: Match, claims: readonly Claim[]): Span[] {
  const { evidence } = match;
  const locator = hex(evidence.card.locator);
  const claim = claims.find((c) => c.track === match.track && hex(c.locator) === locator);
  return segments(match).map(({ conflict, slots }) => {
    const frames = framesOf(slots);
    const [from, to] = edges(frames);
    const within = frames.slice(from, to + 1);
    const { content, findings } = contentOf(slots);
    const holes = unexplained(within).map(
      ([startSeconds, endSeconds]): Finding => ({ code: 'unmarked-speech', startSeconds, endSeconds }),
    );
    if (conflict) findings.push({ code: 'digest-mismatch', detail: 'the mark is there, the signed words are not' });
    if (match.arrival === 'late') findings.push({ code: 'replayed', detail: 'heard after its keys were disclosed' });
    const state = transition('absent', conflict ? 'digest-mismatch' : content === 'full' ? proofOf(match) : 'undecided');
    return {
      startSeconds: frames[from].at,
      endSeconds: frames[to].at + FRAME_SECONDS,
      state,
      content: conflict ? 'none' : content,
      bound: evidence.bound,
      resolution: 'resolved',
      time: 'asserted',
      sessionId: locator,
      issuer: evidence.issuer.name,
      agent: evidence.claims?.agent ?? null,
      scope: evidence.claims?.scope ?? [],
      firstClaimedSeconds: claim?.readSeconds ?? null,
      firstVerifiedSeconds: isVerified(state) ? match.passedSeconds : null,
      framesDecoded: claim?.frames ?? 0,
      framesExpected: claim ? claim.frames + claim.lost : 0,
      falseAlarmProbability: Math.min(1, match.candidates * 2 ** -match.bits),
      findings: [...findings, ...holes],
    };
  });
}

/** Epochs whose words must match before a checkpoint attests a span: one alone could be chance. */
const SIGNED_EPOCHS = 2;

/** Stretches of epochs under checkpoints, split where the words change from the signed ones to others. */
function signedStretches(epochs: readonly SignedEpoch[]): { conflict: boolean; epochs: SignedEpoch[] }[] {
  const out: { conflict: boolean; epochs: SignedEpoch[] }[] = [];
  for (const epoch of [...epochs].sort((a, b) => a.startSeconds - b.startSeconds)) {
    const conflict = epoch.words === 'mismatch';
    const last = out.at(-1);
    if (last?.conflict === conflict) last.epochs.push(epoch);
    else out.push({ conflict, epochs: [epoch] });
  }
  return out;
}

/** Spans of a claim: what checkpoints in the sound sign is attested, with no more than 22 bits an epoch for the words; the rest is a claim. */
function spansOfClaim(claim: Claim, findings: readonly Finding[]): Span[] {
  const plain: Span = {
    startSeconds: Math.max(0, claim.startSeconds),
    endSeconds: claim.endSeconds,
    state: 'claimed',
    content: 'none',
    bound: 'none',
    resolution: claim.cardSeconds === null ? 'unresolvable' : 'resolved',
    time: 'asserted',
    sessionId: hex(claim.locator),
    issuer: claim.issuer,
    agent: null,
    scope: [],
    firstClaimedSeconds: claim.readSeconds,
    firstVerifiedSeconds: null,
    framesDecoded: claim.frames,
    framesExpected: claim.frames + claim.lost,
    falseAlarmProbability: claim.falseAlarmProbability,
    findings,
  };
  const spans: Span[] = [];
  let from = plain.startSeconds;
  for (const { conflict, epochs } of signedStretches(claim.epochs)) {
    const startSeconds = Math.max(plain.startSeconds, epochs[0].startSeconds);
    const endSeconds = epochs.at(-1)!.endSeconds;
    const attested = epochs.filter((e) => e.words === 'match').length >= SIGNED_EPOCHS;
    if (!conflict && !attested) continue;
    if (startSeconds - from > GAP_SECONDS) spans.push({ ...plain, startSeconds: from, endSeconds: startSeconds });
    spans.push({
      ...plain,
      startSeconds,
      endSeconds,
      state: transition('claimed', conflict ? 'digest-mismatch' : 'proven-offline'),
      content: conflict ? 'none' : 'weak',
      firstVerifiedSeconds: conflict ? null : claim.checkpointSeconds,
      findings: conflict ? [...findings, { code: 'digest-mismatch', detail: 'the checkpoint signs other words' }] : findings,
    });
    from = endSeconds;
  }
  if (spans.length === 0 || plain.endSeconds - from > GAP_SECONDS) spans.push({ ...plain, startSeconds: from });
  return spans;
}

const overlap = (a: Span, b: Span): number => Math.min(a.endSeconds, b.endSeconds) - Math.max(a.startSeconds, b.startSeconds);

/**
 * All spans in order of time. A claim counts only where no match of its session explains it.
 * @param revoked session ids whose card was not valid at the time judged
 */
export function buildSpans(
  matches: readonly Match[],
  claims: readonly Claim[],
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
    const own = spansOfClaim(claim, claimFindings(claim));
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
