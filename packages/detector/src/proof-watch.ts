/**
 * Watches the slots that follow a proof, one after the other: does the session still explain what is heard? It looks at each slot when
 * its record and key are there, and gives up waiting when they can't count any more.
 */
import { explainedLive, MarkLoss, type MatchInformation, SLOT_MS, type SpanEvent, UnexplainedSpeech } from '@undertone/token';
import { type Observation, speechSeconds } from './heard.ts';
import type { Match } from './matcher.ts';

/** Heard slots kept until a proof says which of them follow it. */
const KEPT = 16;

/** W of a heard slot; null while it can't be known yet. */
export type Explain = (heard: Observation, slot: number) => MatchInformation | null;

/** The fall of W over the slots of a match. */
export function lossOver({ slots }: Match): MarkLoss {
  const loss = new MarkLoss();
  for (const { perFrame } of slots) loss.slot(perFrame);
  return loss;
}

export class ProofWatch {
  readonly #explain: Explain;
  /** A slot's record and key are late from this long after it was heard, ms. */
  readonly #patienceMs: number;
  readonly #unexplained = new UnexplainedSpeech();
  #loss = new MarkLoss();
  #heard: Observation[] = [];
  #followed: Match | null = null;
  #next = 0;

  constructor(delaySeconds: number, explain: Explain) {
    this.#explain = explain;
    this.#patienceMs = delaySeconds * 1000 + SLOT_MS;
  }

  /** The match that is followed; null when nothing is proven. */
  get followed(): Match | null {
    return this.#followed;
  }

  /** Follows a match from its newest slot on. */
  follow(match: Match): void {
    if (match === this.#followed) return;
    this.stop();
    this.#followed = match;
    this.#loss = lossOver(match);
    this.#next = match.slots.at(-1)!.heard.index + 1;
  }

  stop(): void {
    this.#followed = null;
    this.#unexplained.reset();
    this.#loss.reset();
  }

  hear(heard: Observation): void {
    this.#heard.push(heard);
    if (this.#heard.length > KEPT) this.#heard.shift();
  }

  /** @returns what has happened to the proof by local time `nowMs`; null while it holds */
  look(nowMs: number): Extract<SpanEvent, 'unexplained-speech' | 'channel-lost'> | null {
    const match = this.#followed;
    if (!match) return null;
    for (;;) {
      const heard = this.#heard.find((h) => h.track === match.track && h.index === this.#next);
      if (!heard) return null;
      const information = this.#explain(heard, heard.index + match.offset);
      if (!information && nowMs < (heard.arrivedMs ?? nowMs) + this.#patienceMs) return null;
      this.#next++;
      const lost = information !== null && this.#loss.slot(information.perFrame);
      const judged = match.slots.find((slot) => slot.heard.index === heard.index);
      // Slots of the session that follows are judged by its own match.
      const bits = judged ? explainedLive(judged.bits, judged.distance) : (information?.total ?? 0);
      const unexplained = this.#unexplained.slot(speechSeconds(heard) * 1000, bits);
      if (lost || unexplained) return information ? 'unexplained-speech' : 'channel-lost';
    }
  }
}
