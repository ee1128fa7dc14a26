/** The numbered rules of the specification, read from its pages. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PlacedVector } from './vectors.ts';
import { PACKAGE_FOLDER } from './vectors.ts';

/** A numbered rule. */
export interface Rule {
  /** Such as `CARD-3`. */
  readonly id: string;
  /** File name of its page without `.md`. */
  readonly page: string;
  readonly text: string;
  /** It says MUST, MUST NOT, REQUIRED or SHALL: both a positive and a negative vector stand for it. */
  readonly mandatory: boolean;
}

const BEGINS = /^- \*\*([A-Z]+-\d+)\*\* (.*)$/;

/** Rules of one page: list items that begin with a bold number; they end at a blank line, a heading or the next item. */
export function rulesOfPage(page: string, markdown: string): Rule[] {
  const rules: { id: string; lines: string[] }[] = [];
  let open = false;
  for (const line of markdown.split('\n')) {
    const begins = BEGINS.exec(line);
    if (begins) rules.push({ id: begins[1], lines: [begins[2]] });
    else if (open && /^ {2,}\S/.test(line)) rules.at(-1)!.lines.push(line.trim());
    open = begins !== null || (open && /^ {2,}\S/.test(line));
  }
  return rules.map(({ id, lines }) => {
    const text = lines.join(' ');
    return { id, page, text, mandatory: /\b(MUST|SHALL|REQUIRED)\b/.test(text) };
  });
}

/** All rules of the specification in order. Throws an Error when a number is used twice. */
export function readRules(folder: string = join(PACKAGE_FOLDER, 'spec')): Rule[] {
  const pages = readdirSync(folder)
    .filter((name) => name.endsWith('.md'))
    .sort();
  const rules = pages.flatMap((name) => rulesOfPage(name.slice(0, -3), readFileSync(join(folder, name), 'utf8')));
  const seen = new Set<string>();
  for (const { id } of rules) {
    if (seen.has(id)) throw new Error(`rule ${id} is there twice`);
    seen.add(id);
  }
  return rules;
}

/** What the vectors leave open. */
export interface Coverage {
  /** Mandatory rules without a positive, and without a negative vector. */
  readonly withoutPositive: readonly string[];
  readonly withoutNegative: readonly string[];
  /** Rules that vectors name and no page has. */
  readonly unknown: readonly string[];
}

export function coverage(rules: readonly Rule[], vectors: readonly PlacedVector[]): Coverage {
  const named = (polarity: string): Set<string> =>
    new Set(vectors.filter((v) => v.polarity === polarity).flatMap((v) => v.rules));
  const [positive, negative] = [named('positive'), named('negative')];
  const mandatory = rules.filter((rule) => rule.mandatory).map((rule) => rule.id);
  const known = new Set(rules.map((rule) => rule.id));
  return {
    withoutPositive: mandatory.filter((id) => !positive.has(id)),
    withoutNegative: mandatory.filter((id) => !negative.has(id)),
    unknown: [...new Set([...positive, ...negative])].filter((id) => !known.has(id)).sort(),
  };
}
