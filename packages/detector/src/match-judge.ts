/** What a live session makes of a match that has grown: is it proven, in doubt, or contradicted by its words? */
import {
  addDistances,
  type DigestDistance,
  type DigestVerdict,
  digestVerdict,
  type SpanEvent,
  UNEXPLAINED_BITS,
  wordsProven,
} from '@undertone/token';
import { type Match, wordsSuffice } from './matcher.ts';
import { lossOver } from './proof-watch.ts';

/** Slots over which the words are judged together. */
const DIGEST_SLOTS = 4;

/** What follows for the session. */
export interface Judgement {
  /** How the words of the last slots compare. */
  readonly words: DigestDistance & { readonly content: DigestVerdict };
  /** Null: nothing new. */
  readonly reason: Extract<SpanEvent, 'digest-mismatch' | 'undecided' | 'proven-live'> | null;
  /** Too little of the words could be compared. */
  readonly undecided: boolean;
}

export class MatchJudge {
  /** Slots of each match that were judged before. */
  readonly #judged = new Map<Match, number>();

  /**
   * @param match in time, and still going on
   * @param followed it is the match whose proof is followed
   * @param live the session is proven
   */
  judge(match: Match, followed: boolean, live: boolean): Judgement {
    const gained = match.slots.slice(this.#judged.get(match) ?? 0);
    this.#judged.set(match, match.slots.length);
    const sum = addDistances(match.slots.slice(-DIGEST_SLOTS).map((slot) => slot.distance));
    const content = digestVerdict(sum.compared, sum.errors);
    const because = (reason: Judgement['reason'], undecided = false): Judgement => ({
      words: { ...sum, content },
      reason,
      undecided,
    });
    if (content === 'mismatch' || gained.some(({ verdict }) => verdict === 'mismatch')) return because('digest-mismatch');
    // What is proven stays so while its words match; to begin with it must do better.
    const proven = followed || (wordsProven(sum) && lossOver(match).throughout);
    if (content === 'undecided' || !proven) return because('undecided', true);
    if (!wordsSuffice(match)) return because('undecided');
    // A slot of silence proves nothing new; a match that is still passing keeps its proof.
    const news = !live || gained.some(({ bits }) => bits >= UNEXPLAINED_BITS);
    return because(news ? 'proven-live' : null);
  }
}
