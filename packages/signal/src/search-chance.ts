/** How often the chip search is misled by sound without a mark (protocol/spec/02-signal.md, Finding the slots). */

/** Tail of the scores of unmarked sound about one of them: logarithm, slope and curvature of the chance. */
const TAIL = { score: 4, log: -10.48, slope: -2.38, curve: -0.25 };

/**
 * The chance that at some moment one alignment without a mark is a peak of at least this score, in standard deviations: fitted to speech in
 * nine languages, for scores from 3 on; over 5.5 it is extrapolated (docs/measurements.md). A search meets 512 alignments at once in
 * every chip family.
 */
export function searchChance(score: number): number {
  const d = score - TAIL.score;
  return Math.min(1, Math.exp(TAIL.log + TAIL.slope * d + TAIL.curve * d * d));
}
