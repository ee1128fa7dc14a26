/** Results: units as they end, and what they come to for each attack. */
import type { Attack, Outcome, Size, Trial } from './attack.ts';

/** One unit that ended. */
export interface UnitResult {
  readonly attack: string;
  readonly unit: number;
  readonly trials: readonly Trial[];
}

/** One row of the table. */
export interface Row {
  readonly id: string;
  readonly title: string;
  readonly threats: readonly string[];
  readonly how: string;
  readonly expected: string;
  readonly remains: string;
  /** What the verifier said, the commonest first. */
  readonly observed: readonly { readonly said: string; readonly times: number }[];
  readonly tries: number;
  readonly counts: Readonly<Record<Outcome, number>>;
  /** The worst outcome; null when nothing was tried. */
  readonly outcome: Outcome | null;
  readonly summary: string | null;
  readonly trials: readonly Trial[];
}

const SEVERITY: readonly Outcome[] = ['broken', 'missed', 'held'];

/** Numbers are told apart from words, so that the same answer at another time counts as the same. */
const saidOf = (observed: string): string => observed.replace(/[-+]?\d+(\.\d+)?(e[-+]?\d+)?/g, '…');

export function rowOf(attack: Attack, units: readonly UnitResult[]): Row {
  const trials = [...units].sort((a, b) => a.unit - b.unit).flatMap((unit) => unit.trials);
  const counts: Record<Outcome, number> = { held: 0, missed: 0, broken: 0 };
  const said = new Map<string, number>();
  for (const trial of trials) {
    counts[trial.outcome]++;
    said.set(saidOf(trial.observed), (said.get(saidOf(trial.observed)) ?? 0) + 1);
  }
  const { id, title, threats, how, expected, remains } = attack;
  return {
    ...{ id, title, threats, how, expected, remains },
    observed: [...said].map(([text, times]) => ({ said: text, times })).sort((a, b) => b.times - a.times),
    tries: trials.length,
    counts,
    outcome: SEVERITY.find((outcome) => counts[outcome] > 0) ?? null,
    summary: trials.length > 0 ? (attack.summary?.(trials) ?? null) : null,
    trials,
  };
}

/** What one run shows. */
export interface Results {
  readonly startedAt: string;
  readonly node: string;
  readonly size: Size;
  readonly voices: readonly string[];
  readonly seconds: number;
  /** False when the run was stopped before its end. */
  readonly complete: boolean;
  readonly rows: readonly Row[];
  /** Finding nothing proves nothing. */
  readonly absenceProvesNothing: true;
}

/** JSON knows no infinity: null stands for it. */
export const toJson = (value: unknown, indent?: number): string => JSON.stringify(value, null, indent);
export const unitFromJson = (line: string): UnitResult => {
  const unit = JSON.parse(line) as UnitResult;
  return {
    ...unit,
    trials: unit.trials.map((trial) =>
      trial.figures
        ? { ...trial, figures: Object.fromEntries(Object.entries(trial.figures).map(([k, v]) => [k, v ?? Infinity])) }
        : trial,
    ),
  };
};
