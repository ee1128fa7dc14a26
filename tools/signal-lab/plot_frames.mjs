// Draws what simulate_frames.mjs printed: useful bits by the information at which a frame ends.
import { readFileSync } from 'node:fs';
import { commandLine } from '../../scripts/command-line.mjs';
import { curvePlot } from '../../test/bench/channels/plots.mjs';

const USAGE = `node tools/signal-lab/plot_frames.mjs TABLE ROW,ROW… > PLOT.svg
TABLE is the output of simulate_frames.mjs with rules of one threshold each; drawn are its rules of double frames.`;
const [table, names] = commandLine(USAGE, {}, [2, 2]).operands;
const cells = readFileSync(table, 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| '))
  .map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((c) => c.trim()),
  );
const [head, ...rows] = cells;
const rules = head.flatMap((rule, column) => (/^d[\d.]+$/.test(rule) ? [{ column, bits: Number(rule.slice(1)) }] : []));
const curves = names.split(',').map((name) => {
  const row = rows.find((r) => r[0] === name);
  return { name, points: rules.map(({ column, bits }) => [bits, Number(row[column])]) };
});
const all = rules.map(({ bits }) => bits);
const most = Math.max(...curves.flatMap(({ points }) => points.map(([, y]) => y)));
const plot = curvePlot(curves, {
  x: { label: 'information at which a double frame ends, bits', log: false, from: Math.min(...all), to: Math.max(...all) },
  y: { label: 'useful bits per voiced second', log: false, from: 0, to: Math.ceil(most / 5) * 5 },
});
const title = '<title>Useful bits per voiced second, by the information at which a frame ends</title>';
process.stdout.write(plot.replace('role="img">', `role="img">${title}`));
