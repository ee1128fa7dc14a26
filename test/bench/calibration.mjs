// Are the probabilities that are reported the frequencies that happen? Two statistics, on sound that does not carry what is looked for:
// matched verification (second × wrong session key × alignment) and the chip search (second × wrong chips × alignment).
import { writeFile } from 'node:fs/promises';
import { searchChance } from '../../packages/signal/dist/index.js';
import { curvePlot } from './channels/plots.mjs';
import { inParallel } from './parallel.mjs';

/** Probabilities are counted in bins of a quarter decade. */
export const BINS_PER_DECADE = 4;
export const BINS = 40;
/** A frequency is told from this many cases on. */
const CASES = 10;

/** Cumulated: how often a reported probability of at most p came, beside p. */
function frequencies(bins, trials) {
  const rows = [];
  let cases = 0;
  for (let i = BINS - 1; i >= 0; i--) {
    cases += bins[i];
    if (cases > 0) rows.unshift({ reported: 10 ** (-i / BINS_PER_DECADE), observed: cases / trials, cases });
  }
  return rows;
}

/** From which reported probability on a statistic is meant: the chip search tells of peaks from a score of 4 on. */
const MEANT = { 'chip search': searchChance(4) };

/** Largest ratio of observed and reported, either way, where there are cases enough. */
const worst = (rows, from) =>
  Math.max(
    ...rows
      .filter((r) => r.cases >= CASES && r.reported <= from)
      .map((r) => Math.max(r.observed / r.reported, r.reported / r.observed)),
  );

/** @param voices names in the folder; @param material what loadClips needs; @param html where to write the plot */
export async function calibration(voices, material, html) {
  const sums = {};
  const tasks = voices.map((voice, n) => ({ voice, n }));
  await inParallel(new URL('./calibration-worker.mjs', import.meta.url), tasks, material, (_, result) => {
    for (const [name, { trials, bins }] of Object.entries(result)) {
      sums[name] ??= { trials: 0, bins: new Array(BINS).fill(0) };
      sums[name].trials += trials;
      for (const [i, n] of bins.entries()) sums[name].bins[i] += n;
    }
  });
  const out = Object.fromEntries(
    Object.entries(sums).map(([name, { trials, bins }]) => {
      const rows = frequencies(bins, trials);
      return [
        name,
        {
          trials,
          worstFactor: worst(rows, MEANT[name] ?? 0.1),
          rarestReported: Math.min(...rows.filter((r) => r.cases >= CASES).map((r) => r.reported)),
          rows,
        },
      ];
    }),
  );
  if (html) await writeFile(html, `<!doctype html><meta charset="utf-8"><title>Calibration</title>${plot(out)}\n`);
  return out;
}

/** Reported against observed, with the lines of equality and of a factor 2. */
export const plot = (result) =>
  curvePlot(
    Object.entries(result).map(([name, { rows }]) => ({
      name,
      points: rows.filter((r) => r.cases >= CASES).map((r) => [r.reported, r.observed]),
    })),
    {
      x: { label: 'reported probability', log: true, from: 1e-8, to: 1 },
      y: { label: 'observed frequency', log: true, from: 1e-8, to: 1 },
    },
    { identity: true },
  );
