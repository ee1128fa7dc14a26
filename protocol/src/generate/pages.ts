/** Fills the pages' worked examples from the vectors and their tables from code and registries, so that no page can disagree with them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SPAN_EVENTS, SPAN_STATES, transition } from '@undertone/token';
import { PACKAGE_FOLDER, type PlacedVector } from '../vectors.ts';

interface NetworkEntry {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly scale: number;
  readonly layers: readonly (readonly [inputs: number, outputs: number])[];
}

const WIDTH = 96;
const wrap = (text: string): string => (text.match(new RegExp(`.{1,${WIDTH}}`, 'g')) ?? []).join('\n  ');

function example(vector: PlacedVector, members: readonly string[]): string {
  const { expect } = vector;
  const lines = members.map((member) => {
    const value = expect.valid ? (expect.output[member] ?? vector.input[member]) : undefined;
    if (value === undefined) throw new Error(`${vector.id} has no ${member}`);
    return `${member}:\n  ${wrap(typeof value === 'string' ? value : JSON.stringify(value))}`;
  });
  return `\`\`\`text\n${lines.join('\n')}\n\`\`\``;
}

function transitions(): string {
  const head = `| event \\ from | ${SPAN_STATES.join(' | ')} |`;
  const rows = SPAN_EVENTS.map((event) => `| \`${event}\` | ${SPAN_STATES.map((from) => transition(from, event)).join(' | ')} |`);
  return [head, `|${' --- |'.repeat(SPAN_STATES.length + 1)}`, ...rows].join('\n');
}

/** The detector's findings, from their registry. */
function findings(): string {
  const file = readFileSync(join(PACKAGE_FOLDER, 'registry/findings.json'), 'utf8');
  const { findings } = JSON.parse(file) as { findings: Record<'code' | 'layer' | 'raised' | 'state', string>[] };
  const rows = findings.map(({ code, layer, raised, state }) => `| \`${code}\` | ${layer} | ${raised} | ${state} |`);
  return ['| code | layer | raised when | state |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

/** The reference network's file, from its registry. */
function network(): string {
  const file = readFileSync(join(PACKAGE_FOLDER, 'registry/reference-network.json'), 'utf8');
  const { path, bytes, sha256, scale, layers } = JSON.parse(file) as NetworkEntry;
  const shapes = layers.map(([inputs, outputs], k) => `${k}: ${inputs} → ${outputs}`).join(', ');
  return [
    '| | |',
    '| --- | --- |',
    `| file | [${path}](../${path}), ${bytes} bytes ([registry](../registry/reference-network.json)) |`,
    `| SHA-256 | \`${sha256}\` |`,
    `| layers, inputs → outputs | ${shapes} |`,
    `| scale | ${scale} |`,
  ].join('\n');
}

const TABLES: Readonly<Record<string, () => string>> = { transitions, findings, network };

const MARK = /<!-- (example|table) ([^>]+) -->\n(?:(?:```text\n[\s\S]*?\n```|\|[^\n]*(?:\n\|[^\n]*)*)\n)?/g;

/** The page with what stands after its marks made anew. Throws an Error when a mark names no vector or table. */
export function fillPage(markdown: string, vectors: readonly PlacedVector[]): string {
  return markdown.replace(MARK, (_, kind: string, of: string) => {
    const mark = `<!-- ${kind} ${of} -->\n`;
    if (kind === 'table') {
      const table = TABLES[of];
      if (!table) throw new Error(`there is no table ${of}`);
      return `${mark}${table()}\n`;
    }
    const [id, ...members] = of.split(' ');
    const vector = vectors.find((v) => v.id === id);
    if (!vector) throw new Error(`there is no vector ${id}`);
    return `${mark}${example(vector, members)}\n`;
  });
}
