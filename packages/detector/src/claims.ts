/** Locators read from the open lane, and what the rest of the sound adds to each of them. */
import { type HeardSlot, SLOT_MS } from '@undertone/signal';
import { hex, PARTS_PER_SLOT, type TrustStore } from '@undertone/token';
import type { DetectorEvent } from './events.ts';
import type { Observation } from './heard.ts';
import type { HeardFrame, LaneReader } from './lane-reader.ts';
import type { Finding } from './report.ts';
import { SoundSession } from './sound-session.ts';
import type { Claim } from './spans-of-claim.ts';

const SLOT_SECONDS = SLOT_MS / 1000;
const LOCATOR_BITS = 48;
/** A frame may last a few parts longer than it takes to read it; from this many unread parts on one was lost. */
const UNREAD_PARTS = 8;
/** Sessions gathered from the sound alone. */
const MAX_SESSIONS = 16;

/** One alignment that is followed. */
export interface Track {
  readonly family: number;
  readonly open: LaneReader;
  readonly slots: Observation[];
}

/** What claims need of the detector. */
export interface ClaimsContext {
  readonly trust: TrustStore;
  /** Seconds of sound so far. */
  readonly seconds: () => number;
  readonly emit: (event: DetectorEvent) => void;
  readonly find: (finding: Finding, sessionId: string | null) => void;
  /** Readings tried on all tracks so far: each could have given a locator by chance. */
  readonly tries: () => number;
  /** A track's locator was read for the first time. */
  readonly claimed: (locator: Uint8Array) => void;
}

export class Claims {
  readonly #context: ClaimsContext;
  readonly #claims: Claim[] = [];
  readonly #sound = new Map<string, SoundSession>();

  constructor(context: ClaimsContext) {
    this.#context = context;
  }

  get all(): readonly Claim[] {
    return this.#claims;
  }

  /** A track's mark was there up to `endSeconds`. */
  present(track: number, endSeconds: number): void {
    for (const claim of this.#claims) if (claim.track === track) claim.endSeconds = endSeconds;
  }

  /** Takes a frame of the open lane that ended in `slot`. */
  frame(slot: HeardSlot, track: Track, heard: HeardFrame): void {
    const locator = track.open.locator!;
    const known = this.#claims.find((c) => c.track === slot.track);
    if (known) {
      known.frames++;
      known.lost += Math.floor((heard.firstPart - known.lastPart - 1) / UNREAD_PARTS);
      known.lastPart = heard.lastPart;
    } else this.#claim(slot, locator, heard);
    this.#listen(locator, slot.track, track, heard);
  }

  #claim(slot: HeardSlot, locator: Uint8Array, { firstPart, lastPart, information }: HeardFrame): void {
    const seconds = this.#context.seconds();
    const falseAlarmProbability = Math.min(1, this.#context.tries() * 2 ** (LOCATOR_BITS - information));
    this.#claims.push({
      track: slot.track,
      locator,
      startSeconds: slot.startSeconds - (slot.index - firstPart / PARTS_PER_SLOT) * SLOT_SECONDS,
      readSeconds: seconds,
      falseAlarmProbability,
      endSeconds: seconds,
      frames: 1,
      lost: 0,
      lastPart,
      card: null,
      issuer: null,
      cardSeconds: null,
      epochs: [],
      checkpointSeconds: null,
    });
    this.#context.emit({ type: 'claimed', seconds, sessionId: hex(locator), falseAlarmProbability });
    this.#context.claimed(locator);
  }

  /** Gathers the session from the sound; tracks of one session, before and after a cut, gather together. */
  #listen(locator: Uint8Array, number: number, track: Track, heard: HeardFrame): void {
    const sessionId = hex(locator);
    const { trust, emit, find } = this.#context;
    let session = this.#sound.get(sessionId);
    if (!session) {
      if (this.#sound.size >= MAX_SESSIONS) return;
      session = new SoundSession(locator, trust);
      this.#sound.set(sessionId, session);
    }
    const seconds = this.#context.seconds();
    const claims = this.#claims.filter((c) => hex(c.locator) === sessionId);
    for (const news of session.hear(number, heard, track.slots)) {
      if (news.type === 'card-refused') find({ code: news.code, detail: 'the card read from the sound' }, sessionId);
      else if (news.type === 'checkpoint') {
        for (const claim of claims) if (claim.track === number) claim.epochs.push(...news.epochs);
        emit({ type: 'checkpoint', seconds, sessionId, epochs: news.epochs.length });
        for (const claim of claims) claim.checkpointSeconds ??= seconds;
      } else {
        for (const claim of claims) Object.assign(claim, { card: news.card, issuer: news.issuer.name, cardSeconds: seconds });
        emit({ type: 'resolved', seconds, sessionId, issuer: news.issuer.name, agent: null });
      }
    }
  }
}
