/** What an attack is, and what trying it shows. */

import type { Lab } from './lab.ts';
import type { Picture } from './report/picture.ts';

/**
 * `held`: the verifier did what the table expects. `missed`: it did not, but nothing wrong was shown as verified. `broken`: something
 * wrong was shown as `live` or `attested`, which blocks a release.
 */
export type Outcome = 'held' | 'missed' | 'broken';

/** One try of an attack. */
export interface Trial {
  /** Which form of the attack, over which codec. */
  readonly variant: string;
  /** What the verifier said. */
  readonly observed: string;
  readonly outcome: Outcome;
  /** What was measured, by name. */
  readonly figures?: Readonly<Record<string, number>>;
  readonly picture?: Picture;
}

/** How much is tried: `quick` in every test run, `normal` by the command, `full` before a release. */
export type Size = 'quick' | 'normal' | 'full';

/** One attack. A unit is what one worker does at a time; units know nothing of each other. */
export interface Attack {
  /** Name on the command line and in the results. */
  readonly id: string;
  readonly title: string;
  /** Its rows in the threat table of protocol/spec/10-security.md, by their first cell. */
  readonly threats: readonly string[];
  readonly how: string;
  readonly expected: string;
  /** What the protocol does not promise against it. */
  readonly remains: string;
  /** Units of a run; `tries` is what the user asked for. */
  units(size: Size, tries: number | null): number;
  run(unit: number, lab: Lab): Promise<readonly Trial[]>;
  /** What the figures of all trials come to, for the table. */
  summary?(trials: readonly Trial[]): string;
}

/** An expectation as an outcome: `wrong` is a wrong verdict, `asExpected` all the rest of what the table says. */
export function outcomeOf(wrong: boolean, asExpected: boolean): Outcome {
  if (wrong) return 'broken';
  return asExpected ? 'held' : 'missed';
}
