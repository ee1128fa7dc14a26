/**
 * What a call's text prefers beside what the model says: more or less padding, which is silence, and no words again that it said just
 * before. The rules are those of Moshi's Rust server.
 */
import { ADJUSTED_TOKENS, TEXT_END_PADDING, TEXT_PADDING } from '../config.ts';
import { ModelError } from '../errors.ts';

export interface TextPreferencesOptions {
  /** −100 … 100: padding becomes exp(this) times as likely, before the likeliest tokens are chosen. Default 0. Greedy text ignores it. */
  readonly padMultiplier?: number;
  /** 0.1 … 10: the logits of words said before are divided by it where positive, multiplied where negative. Default 1. */
  readonly repetitionPenalty?: number;
  /** 0 … 200 words of the call that count as said before; padding does not. Default 64. */
  readonly repetitionPenaltyContext?: number;
}

/** Where the next step's adjustments go: see `adjust` of the graph. */
export interface AdjustmentInputs {
  readonly text_adjusted: BigInt64Array;
  readonly text_penalty: Float32Array;
  readonly text_shift: Float32Array;
}

export class TextPreferences {
  /** Added to the logit of padding; divided by the temperature it is the multiplier. */
  private readonly shift: number;
  private readonly penalty: number;
  private readonly context: number;
  /** Words said, the newest last. */
  private readonly said: number[] = [];

  /** @throws ModelError `argument-invalid` */
  constructor(options: TextPreferencesOptions, temperature: number) {
    const { padMultiplier = 0, repetitionPenalty = 1, repetitionPenaltyContext = 64 } = options;
    const invalid = (what: string): never => {
      throw new ModelError('argument-invalid', `the ${what}`);
    };
    if (!(Math.abs(padMultiplier) <= 100)) invalid(`padding's multiplier must be from -100 to 100, not ${padMultiplier}`);
    if (!(repetitionPenalty >= 0.1 && repetitionPenalty <= 10))
      invalid(`repetition penalty must be from 0.1 to 10, not ${repetitionPenalty}`);
    if (
      !(Number.isInteger(repetitionPenaltyContext) && repetitionPenaltyContext >= 0 && repetitionPenaltyContext < ADJUSTED_TOKENS)
    )
      invalid(`repetition penalty's context must be from 0 to ${ADJUSTED_TOKENS - 1}, not ${repetitionPenaltyContext}`);
    this.shift = padMultiplier * temperature;
    this.penalty = repetitionPenalty;
    this.context = repetitionPenalty === 1 ? 0 : repetitionPenaltyContext;
  }

  /** Takes the text token that a step gave. */
  hear(token: number): void {
    if (token === TEXT_PADDING || token === TEXT_END_PADDING) return;
    this.said.push(token);
    if (this.said.length > this.context) this.said.shift();
  }

  /** Writes what the next step at a place needs. Tokens that stand there twice are padding, with the same adjustment. */
  write(place: number, { text_adjusted, text_penalty, text_shift }: AdjustmentInputs): void {
    const from = place * ADJUSTED_TOKENS;
    text_adjusted.fill(BigInt(TEXT_PADDING), from, from + ADJUSTED_TOKENS);
    text_penalty.fill(1, from, from + ADJUSTED_TOKENS);
    text_shift.fill(this.shift, from, from + ADJUSTED_TOKENS);
    let at = from;
    for (const token of new Set(this.said)) {
      text_adjusted[at] = BigInt(token);
      text_penalty[at] = this.penalty;
      text_shift[at++] = 0;
    }
  }
}
