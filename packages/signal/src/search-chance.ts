/** How often the chip search is misled by sound without a mark (protocol/spec/02-signal.md, Finding the slots). */

/** Tail of the scores of unmarked sound about one of them: logarithm of the chance, and its slope. */
const TAIL = { score: 4, log: -10.48, slope: -2.38 };

/**
 * The chance that at some moment one alignment without a mark is a peak of at least this score, in standard deviations, for scores from 4
 * on: fitted to human speech in nine languages at 4, and above it to the heavier tail of synthetic voices, so that it is too large for
 * people (docs/measurements.md). A search meets 512 alignments at once in every chip family.
 */
export function searchChance(score: number): number {
  return Math.min(1, Math.exp(TAIL.log + TAIL.slope * (score - TAIL.score)));
}
