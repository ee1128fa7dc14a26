/**
 * Evidence from decoded AUTH frames and from speech that the mark does not explain: the counts behind the events
 * `tags-failed`, `unexplained-speech` and `silence-timeout` (protocol page §4).
 */
import { TAG_BITS } from './auth.ts';
import { TokenError } from './errors.ts';
import { DIGEST_MISMATCH_RATE, type DigestDistance, type DigestVerdict } from './match.ts';

/** Accumulated tag bits that can support `live`. */
export const TAG_THRESHOLD_BITS: number = 48;
/** `live` outlasts silence for this long, then is `stale`. */
export const STALE_AFTER_MS: number = 30_000;
/** Unexplained speech: slots, least speech in each (ms), and W below which the mark does not explain it. */
export const UNEXPLAINED_SLOTS: number = 2;
export const UNEXPLAINED_SPEECH_MS: number = 1000;
export const UNEXPLAINED_BITS: number = 4;

/** A slot of speech in which fewer comparisons of the digest are clear says nothing of its words. */
export const LEAST_WORDS_COMPARED: number = 64;

/** W of a slot as an explanation of its speech: none where its words cannot be told. A mark can be laid on sound that hardly moves, over any words. */
export function explainedBits(bits: number, compared: number): number {
  return compared < LEAST_WORDS_COMPARED ? Math.min(0, bits) : bits;
}

/** The same during a call: other words under the session's bits are no more an explanation, however few of them are compared. */
export function explainedLive(bits: number, { compared, errors }: DigestDistance): number {
  return explainedBits(bits, errors >= DIGEST_MISMATCH_RATE * compared ? 0 : compared);
}

/** W may fall by this much before the mark counts as gone, whatever the slots: bits. */
export const MARK_LOSS_BITS: number = 20;
/** A fall of W counts as a hole by what it exceeds this, bits; one slot in ten has such a fall over bad codecs, three in ten under another talker. */
export const HOLE_BITS: number = 4;
/** Holes that add up to this end the proof, bits. */
export const HOLES_BITS: number = 8;
/** Less is enough to keep a match from being proven. */
export const FRESH_HOLES_BITS: number = 4;
/** What is forgotten of them with every slot, bits. */
export const HOLES_FORGOTTEN_BITS: number = 1;

/** Bits that one verified tag is worth when `candidates` readings of its frame were tried; never negative. */
export function tagBits(candidates: number): number {
  if (!(candidates >= 1)) throw new TokenError('bad-argument', 'at least one candidate');
  return Math.max(0, TAG_BITS - Math.log2(candidates));
}

/** A tag that was compared. */
export type CheckedTag = {
  readonly epoch: number;
  readonly holds: boolean;
  /** Readings of the frame that were tried, 1 or more. */
  readonly candidates: number;
  /** Whether the epoch's words are the signed ones; only then its tag supports `live`. */
  readonly words: DigestVerdict;
};

/** Sums tag bits, each epoch once, and watches for two failures among the last four tags. */
export class TagTally {
  private readonly epochs: Set<number> = new Set();
  private readonly lastFour: boolean[] = [];
  private sum = 0;

  add({ epoch, holds, candidates, words }: CheckedTag): void {
    const worth = tagBits(candidates);
    this.lastFour.push(holds);
    if (this.lastFour.length > 4) this.lastFour.shift();
    // A repeated tag is no new evidence, and one over other words is none for these.
    if (!holds || words !== 'match' || this.epochs.has(epoch)) return;
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

/**
 * Notices that the voice has lost its mark, for good or piece by piece. W is the log-likelihood ratio of "marked" against "made without
 * the key", so its fall from the highest point is the evidence for a change of speaker (a cumulative-sum test): on marked sound with
 * calibrated ratios the fall reaches w bits no more often than once in 2^w frames. One fall of {@link MARK_LOSS_BITS} ends the proof; so do
 * smaller ones that come again and again, as where every other second is somebody else's.
 */
export class MarkLoss {
  private fall = 0;
  /** The highest that the fall has been since it last was nothing. */
  private height = 0;
  private holes = 0;

  /** W by model frame of the next slot. True when the event `unexplained-speech` has happened. */
  slot(perFrame: ArrayLike<number>): boolean {
    this.holes = Math.max(0, this.holes - HOLES_FORGOTTEN_BITS);
    for (let frame = 0; frame < perFrame.length; frame++) {
      this.fall = Math.max(0, this.fall - perFrame[frame]);
      this.height = Math.max(this.height, this.fall);
      if (this.fall > 0) continue;
      this.holes += this.hole;
      this.height = 0;
    }
    return this.exceeds(HOLES_BITS);
  }

  /** Whether the mark was there throughout, as a proof needs to begin with. */
  get throughout(): boolean {
    return !this.exceeds(FRESH_HOLES_BITS);
  }

  private exceeds(holes: number): boolean {
    return this.fall >= MARK_LOSS_BITS || this.holes + this.hole >= holes;
  }

  private get hole(): number {
    return Math.max(0, this.height - HOLE_BITS);
  }

  reset(): void {
    this.fall = 0;
    this.height = 0;
    this.holes = 0;
  }
}
