/**
 * What frames of the sealed lane prove during a call: tags of epochs, answers to nonces, and what the agent heard. A MAC is compared once its
 * key is out; its frame arrived before that could be.
 */
import { SLOT_MS } from '@undertone/signal';
import {
  authKeySlot,
  type CheckedTag,
  decodeAuth,
  FrameType,
  lastSlotOfEpoch,
  resolveAuthCounter,
  resolveHeardCounter,
  slotOfPart,
  verifyAuth,
  verifyChallenge,
  verifyHeard,
} from '@undertone/token';
import type { Challenges } from './challenges.ts';
import { epochWords } from './epoch-words.ts';
import type { LiveEvidence } from './evidence.ts';
import type { LiveFrame, LiveLane } from './live-lane.ts';
import type { SignedEpoch } from './sound-session.ts';

const SLOT_SECONDS = SLOT_MS / 1000;
const COMPARED: readonly FrameType[] = [FrameType.AUTH, FrameType.CHAL, FrameType.DUPX];

/** What one MAC said. */
export type Proof =
  | { readonly type: 'tag'; readonly lane: LiveLane; readonly tag: CheckedTag; readonly epoch: SignedEpoch }
  | { readonly type: 'challenge'; readonly number: number; readonly holds: boolean }
  | { readonly type: 'heard'; readonly slot: number; readonly startSeconds: number; readonly digest: number | null };

/** Compares the MACs of one session. */
export class SealedProofs {
  readonly #evidence: LiveEvidence;
  readonly #challenges: Challenges;
  readonly #compared = new Map<number, number>();
  #waiting: LiveFrame[] = [];

  constructor(evidence: LiveEvidence, challenges: Challenges) {
    this.#evidence = evidence;
    this.#challenges = challenges;
  }

  take(frames: readonly LiveFrame[]): void {
    this.#waiting.push(...frames.filter(({ frame: { type } }) => COMPARED.includes(type)));
  }

  /** Compares what can be compared by now. */
  compare(): Proof[] {
    const due = this.#waiting.filter(({ firstPart }) => this.#evidence.key(authKeySlot(firstPart)));
    if (due.length > 0) this.#waiting = this.#waiting.filter((frame) => !due.includes(frame));
    return due.flatMap((live) => {
      const key = this.#evidence.key(authKeySlot(live.firstPart))!;
      const proof =
        live.frame.type === FrameType.AUTH
          ? this.#tag(live, key)
          : live.frame.type === FrameType.CHAL
            ? this.#challenge(live, key)
            : this.#heard(live, key);
      return proof ? [proof] : [];
    });
  }

  #tag({ frame, firstPart, lane }: LiveFrame, key: Uint8Array): Proof | null {
    const { card } = this.#evidence;
    const epoch = resolveAuthCounter(frame.ctr, firstPart, card.epochSlots);
    if (epoch === null) return null;
    const candidates = (this.#compared.get(epoch) ?? 0) + 1;
    this.#compared.set(epoch, candidates);
    const holds = verifyAuth(frame.body, key, card.cardHash, epoch) !== null;
    const { digest } = decodeAuth(frame.body)!;
    const last = lastSlotOfEpoch(epoch, card.epochSlots);
    const words = epochWords(
      card,
      epoch,
      digest,
      (slot) => lane.levels(slot),
      (slot) => this.#evidence.key(slot),
    );
    return {
      type: 'tag',
      lane,
      tag: { epoch, holds, candidates, words },
      epoch: {
        startSeconds: lane.startSeconds(last - card.epochSlots + 1),
        endSeconds: lane.startSeconds(last) + SLOT_SECONDS,
        words: holds ? words : 'undecided',
      },
    };
  }

  /** Only the answer to a nonce of this verifier means anything to it. */
  #challenge({ frame, firstPart, startSeconds }: LiveFrame, key: Uint8Array): Proof | null {
    const asked = this.#challenges.answeredBy(frame.ctr);
    if (!asked || startSeconds < asked.askedSeconds) return null;
    const holds = verifyChallenge(frame.body, key, this.#evidence.card.cardHash, authKeySlot(firstPart), asked.nonce);
    return { type: 'challenge', number: asked.number, holds };
  }

  #heard({ frame, firstPart, lane }: LiveFrame, key: Uint8Array): Proof | null {
    const slot = resolveHeardCounter(frame.ctr, slotOfPart(firstPart));
    if (slot === null) return null;
    const digest = verifyHeard(frame.body, key, this.#evidence.card.cardHash, authKeySlot(firstPart), slot);
    return { type: 'heard', slot, startSeconds: lane.startSeconds(slot), digest };
  }
}
