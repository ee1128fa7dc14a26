/**
 * The seventeen token streams of one call and their delays. Text and the first codebook of either voice are of this frame; the other
 * codebooks come one frame later. A step reads one column and gives the next text token and the next codes of the own voice.
 */
import { CODEBOOKS, type LmConfig, STREAMS } from '../config.ts';

/** Text, own and caller's codes that go into one column, before delays. */
export interface Column {
  readonly text: number;
  readonly own: readonly number[];
  readonly caller: readonly number[];
}

export class Streams {
  private readonly config: LmConfig;
  /** Steps taken. */
  private count = 0;
  private text: number;
  private own: readonly number[];
  private caller: readonly number[];

  constructor(config: LmConfig) {
    this.config = config;
    this.text = config.textCard;
    this.own = new Array(CODEBOOKS).fill(config.audioCard);
    this.caller = this.own;
  }

  get steps(): number {
    return this.count;
  }

  /** Whether a step was taken: from then on columns have the caller's newest first code, and every step completes a spoken frame. */
  get begun(): boolean {
    return this.count > 0;
  }

  /** The own voice's first code of the frame that the next step completes. */
  get firstCode(): number {
    return this.own[0];
  }

  /** The input column for the caller's newest frame, of which it has the first code only. */
  column(firstHeard: number): number[] {
    return this.delayed({ text: this.text, own: this.own, caller: [firstHeard] }, this.own);
  }

  /** Takes the step's outcome and returns the text token of the frame that it completed; null for the first step. */
  advance(caller: readonly number[], text: number, codes: readonly number[]): number | null {
    const spoken = this.begun ? this.text : null;
    this.count++;
    this.text = text;
    this.own = codes;
    this.caller = caller;
    return spoken;
  }

  /** A column that is given instead of generated, as in prompts; its delayed codebooks are the last column's. */
  force(column: Column): number[] {
    const tokens = this.delayed(column, this.own);
    this.count++;
    this.text = column.text;
    this.own = column.own;
    this.caller = column.caller;
    return tokens;
  }

  /** After the last forced column was run: text and the first code go on from what the model gave, the delayed codes from the prompt. */
  release(text: number, firstCode: number): void {
    this.text = text;
    this.own = [firstCode, ...this.own.slice(1)];
  }

  /** Steps whose columns came from elsewhere; `own` and `caller` end in the delayed codes of the next column. */
  skip(steps: number, own: readonly number[], caller: readonly number[]): void {
    this.count += steps;
    this.own = own;
    this.caller = caller;
  }

  private delayed(now: Column, own: readonly number[]): number[] {
    const { textCard, audioCard } = this.config;
    const first = this.count === 0;
    const tokens = new Array<number>(STREAMS);
    tokens[0] = first ? textCard : now.text;
    for (let k = 0; k < CODEBOOKS; k++) {
      const before = this.count <= (k === 0 ? 0 : 1);
      tokens[1 + k] = before ? audioCard : k === 0 ? now.own[0] : own[k];
      tokens[1 + CODEBOOKS + k] = before ? audioCard : k === 0 ? now.caller[0] : this.caller[k];
    }
    return tokens;
  }
}
