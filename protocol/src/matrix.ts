/** The matrix of a run: who passed what, as JSON and as one page. */
import { type Result, tally } from './run.ts';

/** One implementation's vectors. */
export interface Entry {
  readonly name: string;
  readonly command: string;
  readonly results: readonly Result[];
}

/** One encoder heard by one detector through one channel. */
export interface CrossResult extends Result {
  readonly encoder: string;
  readonly detector: string;
  readonly channel: string;
}

export interface Matrix {
  readonly version: string;
  readonly entries: readonly Entry[];
  readonly cross: readonly CrossResult[];
}

/** Whether nothing failed. What is not supported is no failure. */
export function isClean(matrix: Matrix): boolean {
  return [...matrix.entries.flatMap((e) => e.results), ...matrix.cross].every((r) => r.outcome !== 'failed');
}

const escapeHtml = (text: string): string => text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
const cell = ({ outcome, detail }: Pick<Result, 'outcome' | 'detail'>): string =>
  `<td class="${outcome}"${detail ? ` title="${escapeHtml(detail)}"` : ''}>${outcome}</td>`;
const row = (cells: readonly string[]): string => `<tr>${cells.join('')}</tr>`;
const head = (...names: string[]): string => row(names.map((name) => `<th>${escapeHtml(name)}</th>`));

function vectorTable(entries: readonly Entry[]): string {
  const ids = entries[0]?.results.map((r) => r.id) ?? [];
  const counts = entries.map(({ results }) => {
    const { passed, failed, unsupported } = tally(results);
    return `<td>${passed} passed, ${failed} failed, ${unsupported} unsupported</td>`;
  });
  const rows = ids.map((id, i) => row([`<td>${escapeHtml(id)}</td>`, ...entries.map((e) => cell(e.results[i]))]));
  return `<table>${head('vector', ...entries.map((e) => e.name))}${row(['<td></td>', ...counts])}${rows.join('')}</table>`;
}

function crossTable(cross: readonly CrossResult[]): string {
  const detectors = [...new Set(cross.map((c) => c.detector))];
  const rows = [...new Set(cross.map((c) => `${c.encoder}\n${c.channel}\n${c.id}`))].map((key) => {
    const [encoder, channel, id] = key.split('\n');
    const cells = detectors.map((detector) =>
      cell(cross.find((c) => c.encoder === encoder && c.channel === channel && c.id === id && c.detector === detector)!),
    );
    return row([encoder, channel, id].map((text) => `<td>${escapeHtml(text)}</td>`).concat(cells));
  });
  return `<table>${head('encoder', 'channel', 'check', ...detectors.map((d) => `detector ${d}`))}${rows.join('')}</table>`;
}

/** One self-contained page. */
export function matrixHtml(matrix: Matrix): string {
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Undertone conformance</title>
<style>
body { font: 15px/1.4 system-ui, sans-serif; margin: 2rem; color: #1c1c1c; }
table { border-collapse: collapse; margin-bottom: 2rem; }
th, td { border: 1px solid #ddd; padding: .2rem .6rem; text-align: left; }
.passed { background: #e3f4e3; } .failed { background: #fbdcdc; } .unsupported { background: #f1f1f1; color: #777; }
</style>
<h1>Undertone conformance</h1>
<p>Protocol ${escapeHtml(matrix.version)}. A cell that failed says why when the pointer rests on it. Unsupported is no failure and no proof.</p>
<h2>Encoders and detectors</h2>
${matrix.cross.length > 0 ? crossTable(matrix.cross) : '<p>Not run.</p>'}
<h2>Vectors</h2>
${vectorTable(matrix.entries)}
</html>
`;
}
