/**
 * A session from the sound alone, without a record or a channel: the card from the open lane, then, with the keys disclosed in it, AUTH
 * and checkpoints from the sealed lane. What comes out is signed by the session key, and tied to the words by 22 bits an epoch.
 */
import { SLOT_MS } from '@undertone/signal';
import {
  authKeySlot,
  type Card,
  type CardFailure,
  type Checkpoint,
  checkpointEpochs,
  type DigestVerdict,
  decodeAuth,
  type Frame,
  FrameType,
  lastSlotOfEpoch,
  resolveAuthCounter,
  type TrustedKey,
  type TrustStore,
  verifyAuth,
  verifyCard,
} from '@undertone/token';
import { epochWords } from './epoch-words.ts';
import type { Observation } from './heard.ts';
import type { HeardFrame } from './lane-reader.ts';
import { SealedLane } from './sealed-lane.ts';
import { CardSymbols, CheckpointSymbols } from './symbols.ts';

/** An epoch under a checkpoint, as heard. */
export interface SignedEpoch {
  readonly startSeconds: number;
  readonly endSeconds: number;
  /** Whether the words are the signed ones, by 22 bits; `undecided` also when they were not all heard. */
  readonly words: DigestVerdict;
}

/** What a frame brought. */
export type SoundNews =
  | { readonly type: 'card'; readonly card: Card; readonly issuer: TrustedKey }
  | { readonly type: 'card-refused'; readonly code: CardFailure }
  | { readonly type: 'checkpoint'; readonly epochs: readonly SignedEpoch[] };

/** Gathers one session. */
export class SoundSession {
  readonly #symbols: CardSymbols;
  readonly #trust: TrustStore;
  readonly #sealed = new Map<number, SealedLane>();
  #card: Card | null = null;
  #checkpoints: CheckpointSymbols | null = null;

  constructor(locator: Uint8Array, trust: TrustStore) {
    this.#symbols = new CardSymbols(locator);
    this.#trust = trust;
  }

  /**
   * Takes a checked frame of the open lane.
   * @param slots what was heard on its track
   */
  hear(track: number, heard: HeardFrame, slots: readonly Observation[]): SoundNews[] {
    const news: SoundNews[] = [];
    const card = this.#symbols.take(heard.frame);
    if (card) news.push(this.#judge(card));
    if (!this.#card || !this.#checkpoints) return news;
    let lane = this.#sealed.get(track);
    if (!lane) {
      lane = new SealedLane(this.#card);
      this.#sealed.set(track, lane);
    }
    for (const { frame, sessionPart } of lane.open(heard, slots)) {
      const checkpoint = this.#take(this.#checkpoints, lane, frame, sessionPart, this.#card);
      if (checkpoint) news.push({ type: 'checkpoint', epochs: this.#epochs(checkpoint, lane, slots, this.#card) });
    }
    return news;
  }

  #judge(card: Card): SoundNews {
    // Without claims beside it the card still says who signed it; it is judged at the time that it names itself.
    const verdict = verifyCard(card, this.#trust, { atMs: card.t0Ms });
    if (!verdict.ok) return { type: 'card-refused', code: verdict.code };
    this.#card = card;
    this.#checkpoints = new CheckpointSymbols(card);
    return { type: 'card', card, issuer: verdict.issuer };
  }

  #take(checkpoints: CheckpointSymbols, lane: SealedLane, frame: Frame, part: number, card: Card): Checkpoint | null {
    if (frame.type !== FrameType.AUTH) return checkpoints.take(frame);
    const key = lane.key(authKeySlot(part));
    const epoch = resolveAuthCounter(frame.ctr, part, card.epochSlots);
    if (epoch === null) return null;
    // The tag's key may not be out yet: the checkpoint's signature will speak for the body.
    const auth = key ? verifyAuth(frame.body, key, card.cardHash, epoch) : decodeAuth(frame.body);
    return auth ? checkpoints.auth({ ...auth, epoch, body: frame.body.slice() }) : null;
  }

  #epochs(checkpoint: Checkpoint, lane: SealedLane, slots: readonly Observation[], card: Card): SignedEpoch[] {
    return checkpointEpochs(checkpoint).flatMap((epoch, i) => {
      const last = lastSlotOfEpoch(epoch, card.epochSlots) - lane.offset!;
      const heard = slots.filter(({ index }) => index > last - card.epochSlots && index <= last);
      if (heard.length === 0) return [];
      const { digest } = decodeAuth(checkpoint.bodies[i])!;
      const levels = (slot: number): Float32Array | null =>
        heard.find(({ index }) => index === slot - lane.offset!)?.levels ?? null;
      return {
        startSeconds: heard[0].startSeconds,
        endSeconds: heard.at(-1)!.startSeconds + SLOT_MS / 1000,
        words: epochWords(card, epoch, digest, levels, (slot) => lane.key(slot)),
      };
    });
  }
}
