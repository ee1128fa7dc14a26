/**
 * Matched verification of one session against the tracks of one sound (protocol/spec/09-verifier-states.md): for every offset
 * between a track's slots and the session's, the information W in favour of the sealed bits is summed, starting afresh whenever it
 * falls below zero. For sound made without the keys the chance that any sum reaches w is at most the number of starts times 2^−w.
 */
import { SLOT_MS, slotDigest } from '@undertone/signal';
import {
  type DigestDistance,
  type DigestVerdict,
  digestDistance,
  digestSelection,
  digestVerdict,
  explainedBits,
  LEAST_WORDS_COMPARED,
  type MatchInformation,
  maskSealedBits,
  matchInformation,
  requiredBits,
  UNEXPLAINED_BITS,
  UNEXPLAINED_SLOTS,
  UnexplainedSpeech,
} from '@undertone/token';
import type { Arrival, SessionEvidence } from './evidence.ts';
import { type Observation, speechSeconds } from './heard.ts';

/** A heard slot laid beside a slot of the session. */
export interface MatchedSlot {
  readonly heard: Observation;
  /** Slot of the session. */
  readonly slot: number;
  /** W in bits, in all and by model frame. */
  readonly bits: number;
  readonly perFrame: Float32Array;
  readonly distance: DigestDistance;
  readonly verdict: DigestVerdict;
  /** The comparisons of the digest, [64] bytes each, most significant bit first: which are clear, and which of them differ. */
  readonly compared: { readonly clear: Uint8Array; readonly wrong: Uint8Array };
}

type Unjudged = Omit<MatchedSlot, 'distance' | 'verdict' | 'compared'>;

/** Slots that follow each other at one offset and whose sealed bits passed. */
export interface Match {
  readonly evidence: SessionEvidence;
  readonly track: number;
  /** Slot of the session minus index in the track. */
  readonly offset: number;
  readonly arrival: Arrival;
  readonly slots: MatchedSlot[];
  /** W summed, and how many starts were tried when it passed. */
  bits: number;
  readonly candidates: number;
  /** When the bits had passed, seconds. */
  readonly passedSeconds: number;
  /** Other words were heard under the session's bits before. */
  readonly doubted: boolean;
  /** Two slots of speech in a row were not explained by the session, or what it proved was lost. */
  ended: boolean;
}

/** Slots whose words a doubted match compares before it proves anything: those of one or two may fit by chance where somebody tries. */
const DOUBTED_SLOTS = 3;

/** Whether enough words of a match were compared for its verdict to count. */
export function wordsSuffice({ doubted, slots }: Match): boolean {
  return !doubted || slots.filter(({ distance }) => distance.compared >= LEAST_WORDS_COMPARED).length >= DOUBTED_SLOTS;
}

interface Run {
  bits: number;
  pending: Unjudged[];
  match: Match | null;
  readonly unexplained: UnexplainedSpeech;
}

function runId({ track, offset, arrival }: Pick<Match, 'track' | 'offset' | 'arrival'>): string {
  return `${track} ${offset} ${arrival}`;
}

/** Compares one session with everything that is heard. */
export class Matcher {
  readonly evidence: SessionEvidence;
  readonly matches: Match[] = [];
  readonly #heard: Observation[] = [];
  readonly #runs = new Map<string, Run>();
  readonly #coded = new Map<number, Uint8Array>();
  #ready = 0;
  #candidates = 0;
  #doubted = false;

  constructor(evidence: SessionEvidence) {
    this.evidence = evidence;
  }

  /** Takes a heard slot, and compares it with the slots of the session that are ready. @returns matches that began or grew */
  hear(heard: Observation): Set<Match> {
    const grown = this.update();
    if (heard.family !== this.evidence.card.family) return grown;
    const ready = this.evidence.ready();
    for (const slot of ready) this.#compare(heard, slot, grown);
    this.#heard.push(heard);
    // A live call keeps what a record or key may still come for; a recording needs no second look.
    if (this.evidence.source === 'record') this.#heard.length = 0;
    else if (this.#heard.length > MAX_WAITING) this.#heard.shift();
    return grown;
  }

  /** Compares what was heard with slots whose record and key have come since. */
  update(): Set<Match> {
    const grown = new Set<Match>();
    const ready = this.evidence.ready();
    for (; this.#ready < ready.length; this.#ready++)
      for (const heard of this.#heard) this.#compare(heard, ready[this.#ready], grown);
    return grown;
  }

  /** W of a heard slot for one slot of the session; null while its record or key is missing. */
  information(heard: Observation, slot: number): MatchInformation | null {
    const record = this.evidence.record(slot);
    if (!record || !this.evidence.key(slot)) return null;
    return matchInformation(heard.sealed, this.#codedBits(slot), record.sentMap);
  }

  /** Ends a match: what follows must pass by itself. */
  end(match: Match): void {
    match.ended = true;
    this.#runs.delete(runId(match));
  }

  /** Ends a match whose words are not the signed ones, and asks more of all that follow. */
  contradict(match: Match): void {
    this.#doubted = true;
    this.end(match);
  }

  #compare(heard: Observation, slot: number, grown: Set<Match>): void {
    const information = this.information(heard, slot);
    if (!information) return;
    const { total, perFrame } = information;
    const arrival = this.evidence.arrival(slot, heard.arrivedMs);
    const offset = slot - heard.index;
    const id = runId({ track: heard.track, offset, arrival });
    let run = this.#runs.get(id);
    if (!run) {
      if (total <= 0) return void this.#candidates++;
      run = { bits: 0, pending: [], match: null, unexplained: new UnexplainedSpeech() };
      this.#runs.set(id, run);
    }
    if (run.bits === 0) this.#candidates++;
    run.bits += total;
    if (run.match) {
      this.#extend(run, run.match, { heard, slot, bits: total, perFrame }, grown);
      return;
    }
    if (run.bits <= 0) return void this.#runs.delete(id);
    run.pending.push({ heard, slot, bits: total, perFrame });
    if (run.bits < requiredBits(Math.max(1, this.#candidates))) return;
    const match: Match = {
      evidence: this.evidence,
      track: heard.track,
      offset,
      arrival,
      slots: run.pending.map((p) => this.#judge(p)),
      bits: run.bits,
      candidates: this.#candidates,
      passedSeconds: heard.startSeconds + SLOT_MS / 1000,
      doubted: this.#doubted,
      ended: false,
    };
    run.match = match;
    run.pending = [];
    this.matches.push(match);
    grown.add(match);
  }

  #extend(run: Run, match: Match, next: Unjudged, grown: Set<Match>): void {
    const judged = this.#judge(next);
    const lost = run.unexplained.slot(speechSeconds(next.heard) * 1000, explainedBits(next.bits, judged.distance.compared));
    match.slots.push(judged);
    match.bits += next.bits;
    grown.add(match);
    if (!lost) return;
    match.slots.splice(-UNEXPLAINED_SLOTS);
    this.end(match);
  }

  #judge(matched: Unjudged): MatchedSlot {
    const { heard, slot } = matched;
    // Where the mark is not heard its words can't be wrong: that is unmarked speech.
    if (matched.bits < UNEXPLAINED_BITS)
      return { ...matched, distance: { compared: 0, errors: 0 }, verdict: 'undecided', compared: NOT_COMPARED };
    const key = this.evidence.key(slot)!;
    const measured = slotDigest(heard.levels, digestSelection(key, this.evidence.card.cardHash, slot));
    const clear = whereCarried(measured.clear, matched.perFrame);
    const signed = this.evidence.record(slot)!.digest;
    const distance = digestDistance({ bits: measured.bits, clear }, signed);
    const compared = { clear, wrong: clear.map((byte, i) => byte & (measured.bits[i] ^ signed[i])) };
    return { ...matched, distance, verdict: digestVerdict(distance.compared, distance.errors), compared };
  }

  #codedBits(slot: number): Uint8Array {
    let coded = this.#coded.get(slot);
    if (!coded) {
      coded = maskSealedBits(this.evidence.record(slot)!.sealedBits, this.evidence.key(slot)!, this.evidence.card.cardHash, slot);
      this.#coded.set(slot, coded);
    }
    return coded;
  }
}

const NOT_COMPARED = { clear: new Uint8Array(0), wrong: new Uint8Array(0) };

/** Bits of W from which a model frame counts as carrying its mark. */
const CARRIED_BITS = 0.5;

/**
 * Compares the words only where the mark itself is heard: a caller who speaks while the agent is silent is neither proof nor
 * contradiction. Speech without the mark is reported as unmarked.
 */
function whereCarried(clear: Uint8Array, perFrame: Float32Array): Uint8Array {
  const perFrameBytes = clear.length / perFrame.length;
  return clear.map((byte, i) => (perFrame[Math.floor(i / perFrameBytes)] >= CARRIED_BITS ? byte : 0));
}

/** Heard slots that wait for records and keys: 40 s for each of four tracks. */
const MAX_WAITING = 64;
