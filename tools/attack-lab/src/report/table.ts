/** The table in a terminal: attack → expected → observed. */
import type { Outcome } from '../attack.ts';
import type { Results, Row } from '../results.ts';

const COLOUR: Readonly<Record<Outcome, number>> = { held: 32, missed: 33, broken: 31 };
const WIDTH = 118;
const MARGIN = 14;
/** Answers that are listed; the rest are counted. */
const LISTED = 4;

const colour = (code: number, text: string): string =>
  process.stdout.isTTY && !process.env.NO_COLOR ? `\x1b[${code}m${text}\x1b[0m` : text;

/** The worst outcome of a run. */
export function verdictOf({ rows }: Results): Outcome {
  if (rows.some(({ outcome }) => outcome === 'broken')) return 'broken';
  return rows.some(({ outcome }) => outcome !== 'held') ? 'missed' : 'held';
}

/** Text broken into lines behind a label. */
function labelled(label: string, text: string): string[] {
  const lines: string[] = [''];
  for (const word of text.split(' ')) {
    if (lines.at(-1)!.length + word.length + 1 > WIDTH - MARGIN) lines.push('');
    lines[lines.length - 1] += (lines.at(-1) === '' ? '' : ' ') + word;
  }
  return lines.map((line, i) => `  ${(i === 0 ? label : '').padEnd(MARGIN - 2)}${line}`);
}

function block(row: Row): string[] {
  const { id, title, tries, counts, outcome, observed, summary } = row;
  const verdict = outcome === null ? 'NOT TRIED' : { held: 'held', missed: 'MISSED', broken: 'BROKEN' }[outcome];
  const told = observed.slice(0, LISTED).map(({ said, times }) => `${times} × ${said}`);
  if (observed.length > LISTED) told.push(`${observed.length - LISTED} more kinds of answer`);
  const bad = row.trials.filter((trial) => trial.outcome !== 'held').slice(0, LISTED);
  return [
    `${colour(outcome === null ? 90 : COLOUR[outcome], verdict.padEnd(9))} ${colour(1, id)}: ${title} (${counts.held} of ${tries} as expected)`,
    ...labelled('expected', row.expected),
    ...labelled('observed', told.join('; ')),
    ...(summary === null ? [] : labelled('measured', summary)),
    ...bad.flatMap((trial) => labelled(trial.outcome, `${trial.variant}: ${trial.observed}`)),
    ...labelled('remains', row.remains),
    '',
  ];
}

export function tableOf(results: Results): string {
  const { rows, seconds, voices } = results;
  const tries = rows.reduce((n, row) => n + row.tries, 0);
  const sum = (outcome: Outcome): number => rows.reduce((n, row) => n + row.counts[outcome], 0);
  return [
    ...rows.flatMap(block),
    `${tries} tries of ${rows.length} attacks on ${voices.length} voices in ${seconds.toFixed(0)} s: ${sum('held')} as expected, ${sum('missed')} missed, ` +
      `${sum('broken')} wrong ${colour(1, 'live')} or ${colour(1, 'attested')}${results.complete ? '' : '; STOPPED before the end'}.`,
    'What was not tried is not covered. The absence of a mark proves nothing, and no mark survives everybody who wants it gone.',
  ].join('\n');
}
