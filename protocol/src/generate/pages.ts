/** Fills the pages' worked examples from the vectors, so that no page can disagree with them. */
import { SPAN_EVENTS, SPAN_STATES, transition } from '@undertone/token';
import type { PlacedVector } from '../vectors.ts';

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

const MARK = /<!-- (example|table) ([^>]+) -->\n(?:(?:```text\n[\s\S]*?\n```|\|[^\n]*(?:\n\|[^\n]*)*)\n)?/g;

/** The page with what stands after its marks made anew. Throws an Error when a mark names no vector. */
export function fillPage(markdown: string, vectors: readonly PlacedVector[]): string {
  return markdown.replace(MARK, (_, kind: string, of: string) => {
    const mark = `<!-- ${kind} ${of} -->\n`;
    if (kind === 'table') return `${mark}${transitions()}\n`;
    const [id, ...members] = of.split(' ');
    const vector = vectors.find((v) => v.id === id);
    if (!vector) throw new Error(`there is no vector ${id}`);
    return `${mark}${example(vector, members)}\n`;
  });
}
