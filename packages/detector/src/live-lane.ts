/**
 * The sealed lane during a call: slots are read once their key is out, if they had arrived before it could be. Where a track stands in the
 * session follows from the operator's clock: few places can be in time, and the one at which a frame is read is the right one.
 */
import { SLOT_MS } from '@undertone/signal';
import { type Frame, PARTS_PER_SLOT, slotOfPart } from '@undertone/token';
import type { LiveEvidence } from './evidence.ts';
import { type Observation, unmask } from './heard.ts';
import { LaneReader } from './lane-reader.ts';

/** Slots that are remembered for digests: an epoch, its AUTH and the wait for its key. */
const KEPT_SLOTS = 40;
/** Slots that wait for a clock bound or a key. */
const MAX_WAITING = 24;
/** A slot may be heard this much before it should have ended, ms: speech is sometimes made a little ahead of its time. */
const AHEAD_MS = 500;

/** A frame of the sealed lane that arrived before its keys were out. */
export interface LiveFrame {
  readonly frame: Frame;
  readonly lane: LiveLane;
  /** The part of the session with which it begins. */
  readonly firstPart: number;
  /** When it began, seconds of sound. */
  readonly startSeconds: number;
}

/** One track at one place in the session. */
export class LiveLane {
  readonly track: number;
  /** Slot of the session minus index in the track. */
  readonly offset: number;
  readonly #evidence: LiveEvidence;
  readonly #reader: LaneReader;
  readonly #slots = new Map<number, Observation>();
  readonly #waiting: Observation[] = [];
  /** A frame was read here: the place is right. */
  found = false;

  constructor(track: number, offset: number, evidence: LiveEvidence) {
    this.track = track;
    this.offset = offset;
    this.#evidence = evidence;
    this.#reader = new LaneReader('sealed', evidence.card.locator);
  }

  hear(heard: Observation): void {
    this.#waiting.push(heard);
    if (this.#waiting.length > MAX_WAITING) this.#waiting.shift();
  }

  /** Reads the slots whose keys are there. */
  read(): LiveFrame[] {
    const frames: LiveFrame[] = [];
    for (;;) {
      const heard = this.#waiting[0];
      const slot = heard ? heard.index + this.offset : 0;
      const key = heard ? this.#evidence.key(slot) : null;
      if (!key) return frames;
      this.#waiting.shift();
      this.#slots.set(slot, heard);
      this.#slots.delete(slot - KEPT_SLOTS);
      for (const { frame, firstPart } of this.#reader.push(
        heard.index,
        unmask(heard.sealed, key, this.#evidence.card.cardHash, slot),
      )) {
        this.found = true;
        const part = firstPart + (this.offset - 1) * PARTS_PER_SLOT;
        const within = ((part % PARTS_PER_SLOT) * SLOT_MS) / PARTS_PER_SLOT / 1000;
        frames.push({ frame, lane: this, firstPart: part, startSeconds: this.startSeconds(slotOfPart(part)) + within });
      }
    }
  }

  /** Levels of a slot of the session that arrived in time; null when it did not, or too long ago. */
  levels(slot: number): Float32Array | null {
    return this.#slots.get(slot)?.levels ?? null;
  }

  /** Where a slot of the session began in the sound, reckoned from the newest that was heard; seconds. */
  startSeconds(slot: number): number {
    const known = this.#slots.get(slot);
    if (known) return known.startSeconds;
    const [newest, heard] = [...this.#slots].at(-1)!;
    return heard.startSeconds + ((slot - newest) * SLOT_MS) / 1000;
  }
}

/** The sealed lanes of all tracks that could be this session's. */
export class LiveLanes {
  readonly #evidence: LiveEvidence;
  #lanes: LiveLane[] = [];
  readonly #waiting: Observation[] = [];

  constructor(evidence: LiveEvidence) {
    this.#evidence = evidence;
  }

  hear(heard: Observation): void {
    if (heard.arrivedMs === null) return;
    this.#waiting.push(heard);
    if (this.#waiting.length > MAX_WAITING) this.#waiting.shift();
  }

  /** The lane of a track at the place that is known to be right. */
  found(track: number): LiveLane | null {
    return this.#lanes.find((lane) => lane.track === track && lane.found) ?? null;
  }

  /** @returns the frames that became readable */
  read(): LiveFrame[] {
    while (this.#waiting.length > 0 && this.#place(this.#waiting[0])) this.#waiting.shift();
    const frames: LiveFrame[] = [];
    for (const lane of this.#lanes) frames.push(...lane.read());
    for (const { lane } of frames) this.#lanes = this.#lanes.filter((l) => l === lane || l.track !== lane.track);
    return frames;
  }

  /** Gives a slot to the lanes where it is in time. @returns false while the operator's clock is not known for its arrival */
  #place(heard: Observation): boolean {
    const { card, lastSlot } = this.#evidence;
    const upperMs = this.#evidence.upperMs(heard.arrivedMs!);
    // What came before the first question about the clock never counts.
    if (upperMs === null) return this.#evidence.boundAskedMs !== null;
    const newest = Math.min(lastSlot, Math.floor((upperMs - card.t0Ms + AHEAD_MS) / SLOT_MS));
    const inTime = (slot: number): boolean => slot >= 1 && slot <= newest && this.#evidence.heardInTime(slot, heard.arrivedMs!);
    const found = this.found(heard.track);
    if (found && inTime(heard.index + found.offset)) {
      found.hear(heard);
      return true;
    }
    for (let slot = newest; inTime(slot); slot--) {
      const offset = slot - heard.index;
      let lane = this.#lanes.find((l) => l.track === heard.track && l.offset === offset);
      if (!lane) {
        lane = new LiveLane(heard.track, offset, this.#evidence);
        this.#lanes.push(lane);
      }
      lane.hear(heard);
    }
    return true;
  }
}
