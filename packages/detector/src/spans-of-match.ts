/** From one match to its spans: where the mark begins and ends in it, what in it is unexplained, and whether the words are the signed ones. */
import { SLOT_MS } from '@undertone/signal';
import {
  addDistances,
  type Content,
  digestVerdict,
  hex,
  isVerified,
  matchProbability,
  requiredBits,
  type SpanEvent,
  transition,
  wordsProven,
} from '@undertone/token';
import { withoutAltered } from './altered-words.ts';
import { FRAME_SECONDS } from './heard.ts';
import { type Match, type MatchedSlot, wordsSuffice } from './matcher.ts';
import type { Finding, Span } from './report.ts';
import type { Claim } from './spans-of-claim.ts';

/** Model frames in which unexplained speech is looked for, and how much of them must be speech. */
const WINDOW = 16;
const WINDOW_SPEECH = 10;
/** Sealed bits of information that explain a window of speech. */
const WINDOW_BITS = 1.5;
const SLOT_SECONDS = SLOT_MS / 1000;

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

/** How the words of a stretch compare, and what is to be said of them. */
function wordsOf(slots: readonly MatchedSlot[]): { content: Content; contradicted: boolean; findings: Finding[] } {
  const sum = addDistances(slots.map((s) => s.distance));
  const findings: Finding[] = slots
    .filter((s) => s.verdict === 'undecided' && s.distance.compared >= 100)
    .map((s) => ({
      code: 'content-undecided',
      startSeconds: s.heard.startSeconds,
      endSeconds: s.heard.startSeconds + SLOT_SECONDS,
    }));
  const contradicted = digestVerdict(sum.compared, sum.errors) === 'mismatch';
  if (wordsProven(sum)) return { content: 'full', contradicted, findings };
  return { content: 'none', contradicted, findings: contradicted ? findings : [...findings, { code: 'content-undecided' }] };
}

/** What a match proves where the words are the signed words: a call that was live stays so in its report, a file never gets there. */
function proofOf(match: Match): SpanEvent {
  if (match.evidence.source === 'record') return 'proven-offline';
  return match.arrival === 'in-time' ? 'proven-live' : 'locator';
}

/** The chance that sound made without the session's keys would have matched its slots as well, from one start. */
function chanceOf({ evidence, slots, bits }: Match): number {
  return matchProbability(
    slots.map(({ heard, slot }) => ({ llr: heard.sealed, sentMap: evidence.record(slot)!.sentMap })),
    bits,
  );
}

/** Spans of one match, cut where its words change. */
export const spansOfMatch = (match: Match, claims: readonly Claim[]): Span[] =>
  stretchesOfMatch(match, claims).flatMap((span) => (isVerified(span.state) ? withoutAltered(span, match.slots) : [span]));

/** Spans of one match, slot by slot. */
function stretchesOfMatch(match: Match, claims: readonly Claim[]): Span[] {
  const { evidence } = match;
  const locator = hex(evidence.card.locator);
  const claim = claims.find((c) => c.track === match.track && hex(c.locator) === locator);
  const parts = segments(match);
  return parts.map(({ conflict: mismatch, slots }) => {
    const frames = framesOf(slots);
    const [from, to] = edges(frames);
    const within = frames.slice(from, to + 1);
    const { content, contradicted, findings } = wordsOf(slots);
    // One slot is enough (DIG-4), and so are several in which little can be compared (DIG-3).
    const conflict = mismatch || contradicted;
    // Beside slots with other words a part must pass by itself: the words of one slot may fit by chance.
    const passes = parts.length === 1 || slots.reduce((bits, slot) => bits + slot.bits, 0) >= requiredBits(match.candidates);
    const proven = !conflict && passes && wordsSuffice(match) && content === 'full';
    const holes = unexplained(within).map(
      ([startSeconds, endSeconds]): Finding => ({ code: 'unmarked-speech', startSeconds, endSeconds }),
    );
    if (conflict) findings.push({ code: 'digest-mismatch', detail: 'the mark is there, the signed words are not' });
    if (match.arrival === 'late') findings.push({ code: 'replayed', detail: 'heard after its keys were disclosed' });
    const state = transition('absent', conflict ? 'digest-mismatch' : proven ? proofOf(match) : 'undecided');
    return {
      startSeconds: frames[from].at,
      endSeconds: frames[to].at + FRAME_SECONDS,
      state,
      content: proven ? 'full' : 'none',
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
      falseAlarmProbability: Math.min(1, match.candidates * chanceOf(match)),
      findings: [...findings, ...holes],
    };
  });
}
