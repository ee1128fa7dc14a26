/**
 * Evidence from decoded AUTH frames and from speech that the mark does not explain: the counts behind the events
 * `tags-failed`, `unexplained-speech` and `silence-timeout` (protocol page §4).
 */
import { TAG_BITS } from './auth.ts';
import { TokenError } from './errors.ts';

/** Accumulated tag bits that can support `live`. */
export const TAG_THRESHOLD_BITS: number = 48;
/** `live` outlasts silence for this long, then is `stale`. */
export const STALE_AFTER_MS: number = 30_000;
/** Unexplained speech: slots, least speech in each (ms), and W below which the mark does not explain it. */
export const UNEXPLAINED_SLOTS: number = 2;
export const UNEXPLAINED_SPEECH_MS: number = 1000;
export const UNEXPLAINED_BITS: number = 4;

/** Bits that one verified tag is worth when `candidates` readings of its frame were tried; never negative. */
export function tagBits(candidates: number): number {
  if (!(candidates >= 1)) throw new TokenError('bad-argument', 'at least one candidate');
  return Math.max(0, TAG_BITS - Math.log2(candidates));
}

/** Sums tag bits, each epoch once, and watches for two failures among the last four tags. */
export class TagTally {
  private readonly epochs: Set<number> = new Set();
  private readonly lastFour: boolean[] = [];
  private sum = 0;

  add(epoch: number, holds: boolean, candidates: number): void {
    const worth = tagBits(candidates);
    this.lastFour.push(holds);
    if (this.lastFour.length > 4) this.lastFour.shift();
    // A repeated tag is no new evidence.
    if (!holds || this.epochs.has(epoch)) return;
    this.epochs.add(epoch);
    this.sum += worth;
  }

  get bits(): number {
    return this.sum;
  }

  get enough(): boolean {
    return this.sum >= TAG_THRESHOLD_BITS;
  }

  get failed(): boolean {
    return this.lastFour.filter((holds) => !holds).length >= 2;
  }

  /** Forgets everything, as after `conflict`: the way back needs fresh bits. */
  reset(): void {
    this.epochs.clear();
    this.lastFour.length = 0;
    this.sum = 0;
  }
}

/** Counts slots in a row whose speech the mark does not explain. A slot with little speech neither counts nor clears. */
export class UnexplainedSpeech {
  private count = 0;

  /** One slot: its speech in ms and its W in bits. True when the event `unexplained-speech` has happened. */
  slot(speechMs: number, bits: number): boolean {
    if (bits >= UNEXPLAINED_BITS) this.count = 0;
    else if (speechMs >= UNEXPLAINED_SPEECH_MS) this.count++;
    return this.count >= UNEXPLAINED_SLOTS;
  }

  reset(): void {
    this.count = 0;
  }
}
