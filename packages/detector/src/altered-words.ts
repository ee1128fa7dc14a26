/** Where inside a match the words are not the signed words: a sum over the digests' comparisons, one after the other in time. */
import { SLOT_MS } from '@undertone/signal';
import { transition } from '@undertone/token';
import type { MatchedSlot } from './matcher.ts';
import type { Finding, Span } from './report.ts';

/** A stretch of sound, seconds. */
type Stretch = readonly [startSeconds: number, endSeconds: number];

/** What comparisons do where the words are right, and how much evidence for others is enough. */
interface AlteredTest {
  /** Share of the comparisons that the channel turns over, 0 … 0.5. */
  readonly errorRate: number;
  /** Bits of evidence for other words, in which half of the comparisons differ. */
  readonly bits: number;
}

const SLOT_SECONDS = SLOT_MS / 1000;

/** Time and outcome of every clear comparison. */
function* comparisons(slots: readonly MatchedSlot[]): Generator<{ seconds: number; wrong: boolean; step: number }> {
  for (const { heard, compared } of slots) {
    const { clear, wrong } = compared;
    // Eight comparisons, one byte, belong to one step of the digest.
    const step = SLOT_SECONDS / clear.length;
    for (let k = 0; k < 8 * clear.length; k++) {
      const bit = 0x80 >> (k & 7);
      if (clear[k >> 3] & bit) yield { seconds: heard.startSeconds + (k >> 3) * step, wrong: (wrong[k >> 3] & bit) !== 0, step };
    }
  }
}

/** Stretches in which the comparisons say rather “other words” than “these words over this channel”. */
function alteredStretches(slots: readonly MatchedSlot[], { errorRate, bits }: AlteredTest): Stretch[] {
  const [differs, agrees] = [Math.log2(0.5 / errorRate), Math.log2(0.5 / (1 - errorRate))];
  const out: Stretch[] = [];
  let [sum, most, start, end] = [0, 0, 0, 0];
  const close = (): void => {
    if (most >= bits) out.push([start, end]);
    [sum, most] = [0, 0];
  };
  for (const { seconds, wrong, step } of comparisons(slots)) {
    if (sum <= 0) {
      close();
      start = seconds;
    }
    sum += wrong ? differs : agrees;
    if (sum > most) [most, end] = [sum, seconds + step];
    // The words are right again: what follows is a stretch of its own.
    if (most - sum >= bits) close();
  }
  close();
  return out;
}

/** The share of errors that the channel makes, from the middle slot: an edit of some slots does not move it. */
function channelErrors(slots: readonly MatchedSlot[]): number {
  const rates = slots.filter(({ distance }) => distance.compared > 0).map(({ distance }) => distance.errors / distance.compared);
  rates.sort((a, b) => a - b);
  return rates[rates.length >> 1] ?? 0;
}

/** Words that cannot be the signed ones even over a bad channel. */
const OTHER_WORDS: AlteredTest = { errorRate: 0.3, bits: 24 };
/** Bits of evidence that make words doubtful over the channel as it is. */
const DOUBTFUL_BITS = 16;
/** The channel is not taken for better than this, nor for worse. */
const [BEST_CHANNEL, WORST_CHANNEL] = [0.1, 0.35];
/** Stretches between altered ones that are no span of their own, seconds. */
const SHORTEST_SECONDS = 0.1;

/** A verified span without the stretches whose words are others: those are in conflict. Doubtful ones are told. */
export function withoutAltered(span: Span, slots: readonly MatchedSlot[]): Span[] {
  const errorRate = Math.max(BEST_CHANNEL, Math.min(WORST_CHANNEL, 1.5 * channelErrors(slots) + 0.03));
  const doubts = alteredStretches(slots, { errorRate, bits: DOUBTFUL_BITS }).map(
    ([startSeconds, endSeconds]): Finding => ({ code: 'content-undecided', startSeconds, endSeconds }),
  );
  const out: Span[] = [];
  let from = span.startSeconds;
  const keep = (endSeconds: number): void => {
    if (endSeconds - from < SHORTEST_SECONDS) return;
    const told = doubts.filter((doubt) => doubt.endSeconds! > from && doubt.startSeconds! < endSeconds);
    out.push({ ...span, startSeconds: from, endSeconds, findings: [...span.findings, ...told] });
  };
  for (const [start, end] of alteredStretches(slots, OTHER_WORDS)) {
    const [startSeconds, endSeconds] = [Math.max(span.startSeconds, start), Math.min(span.endSeconds, end)];
    if (endSeconds <= startSeconds) continue;
    keep(startSeconds);
    const state = transition(span.state, 'digest-mismatch');
    const findings: Finding[] = [{ code: 'digest-mismatch', detail: 'the mark is there, the signed words are not' }];
    out.push({ ...span, startSeconds, endSeconds, state, content: 'none', firstVerifiedSeconds: null, findings });
    from = endSeconds;
  }
  keep(span.endSeconds);
  return out;
}
