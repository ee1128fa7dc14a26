/** From what the detector says to what a visitor is shown: the state of the call's session, and how it was reached. */
import type { DetectorEvent } from '@undertone/detector';
import type { DigestVerdict, PersonaEventKind, SpanEvent, SpanState } from '@undertone/token';
import { type Evidence, good, open } from './evidence-item.ts';
import { SealedEvidence } from './sealed-evidence.ts';
import type { Authority, Fact } from './threads.ts';

/** A change of state, for the report. */
export interface StateChange {
  readonly seconds: number;
  readonly state: SpanState;
  readonly reason: SpanEvent;
}

interface Proof {
  readonly slots: number;
  readonly bits: number;
  readonly compared: number;
  readonly errors: number;
  readonly content: DigestVerdict;
}

/** Bits that a proof needs, and the largest share of differing bits that is a match (protocol/spec/09-verifier-states.md). */
const NEEDED_BITS = 48;
const MATCH_PERCENT = 26;

const PERSONA_EVENTS: Readonly<Record<PersonaEventKind, string>> = {
  reinjected: 'given again',
  drifted: 'the voice drifted from its reference',
  changed: 'changed',
};

const percent = (part: number, whole: number): string => `${Math.round((100 * part) / Math.max(1, whole))} %`;
const minutes = (seconds: number): string => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`;
const timeOf = (ms: number): string => new Date(ms).toLocaleTimeString();

/** Gathers one call's evidence. */
export class CallEvidence {
  authority: Authority | null = null;
  /** Hashes of the cards that hold, in the order in which the call went on under them. */
  readonly cardHashes: string[] = [];
  readonly changes: StateChange[] = [];
  readonly findings = new Set<string>();
  #state: SpanState = 'absent';
  #refused: string | null = null;
  #markSeconds: number | null = null;
  #claim: { sessionId: string; falseAlarmProbability: number } | null = null;
  #foreign = new Set<string>();
  /** The session of this call by now, and the one that was announced to continue it; null until a card says so. */
  #current: string | null = null;
  #next: string | null = null;
  /** Sessions of this call so far. */
  readonly #own = new Set<string>();
  /** What the card of the announced session says. */
  #following: Authority | null = null;
  readonly #sealed = new SealedEvidence();
  readonly #personas: string[] = [];
  #proof: Proof | null = null;
  #status: { status: string; atMs: number } | null = null;
  #clockMs: number | null = null;
  #records = { records: 0, keys: 0 };
  #epochs = 0;
  #unreachable: string | null = null;

  get state(): SpanState {
    return this.#state;
  }

  /** Why the state is what it is; null at the beginning. */
  get reason(): SpanEvent | null {
    return this.changes.at(-1)?.reason ?? null;
  }

  /** What the operator signed about voice and role since the card. */
  get personas(): readonly string[] {
    return this.#personas;
  }

  /** What the comparison of the words was worth. */
  get content(): string {
    const proof = this.#state === 'live' || this.#state === 'conflict' ? this.#proof : null;
    if (!proof || proof.compared === 0) return 'The words are not being compared.';
    const share = `${proof.errors} of ${proof.compared} bits differ`;
    if (proof.content === 'match') return `The words are compared with the signed ones, and fit: ${share}.`;
    if (proof.content === 'mismatch') return `The words are not the signed ones: ${share}.`;
    return `Too little was heard to compare the words: ${share}.`;
  }

  /** @returns whether the state changed */
  event(event: DetectorEvent): boolean {
    if (event.type === 'mark') this.#markSeconds ??= event.seconds;
    else if (event.type === 'finding') this.findings.add(event.finding.code);
    else if ('sessionId' in event && this.#isForeign(event.sessionId)) this.#foreign.add(event.sessionId);
    else if (event.type === 'claimed') this.#claim = event;
    else if (event.type === 'proof') this.#prove(event);
    else if (event.type === 'checkpoint') this.#epochs = Math.max(this.#epochs, event.epochs);
    else if (event.type === 'tag' || event.type === 'challenge') this.#sealed.event(event);
    else if (event.type === 'renewed') this.#next = event.nextSessionId;
    else if (event.type === 'persona') this.#personas.push(`${PERSONA_EVENTS[event.kind]} (${minutes(event.seconds)})`);
    else if (event.type === 'state') {
      const { seconds, state, reason, sessionId } = event;
      // The session that goes on counts from its own first proof; how the old one ends is no news then.
      if (sessionId === this.#next && state === 'live') this.#goOn(sessionId);
      if (this.#current !== null && sessionId !== this.#current) return false;
      this.changes.push({ seconds, state, reason });
      this.#state = state;
      return true;
    }
    // Without the card from signalling a claim is all there is.
    if (this.#state !== 'absent' || this.authority || !this.#claim) return false;
    this.#state = 'claimed';
    return true;
  }

  /** The session that was announced has proven itself. */
  #goOn(sessionId: string): void {
    this.#own.add(sessionId);
    this.#current = sessionId;
    this.#next = null;
    if (this.#following?.sessionId === sessionId) this.authority = this.#following;
  }

  /** Proof that came in time says that what came late before is over. */
  #prove(proof: Proof): void {
    this.#proof = proof;
    this.findings.delete('replayed');
  }

  #isForeign(sessionId: string): boolean {
    return this.#current !== null && !this.#own.has(sessionId) && sessionId !== this.#next;
  }

  fact(fact: Fact): void {
    if ('authority' in fact && !this.cardHashes.includes(fact.authority.cardHash)) this.cardHashes.push(fact.authority.cardHash);
    if (fact.type === 'authority') {
      this.authority = fact.authority;
      this.#current = fact.authority.sessionId;
      this.#own.add(fact.authority.sessionId);
    } else if (fact.type === 'next-authority') this.#following = fact.authority;
    else if (fact.type === 'card-refused') this.#refused = fact.code;
    else if (fact.type === 'status') this.#status = fact;
    else if (fact.type === 'clock') this.#clockMs = fact.tookMs;
    else if (fact.type === 'records') this.#records = fact;
    else if (fact.type === 'checkpoint') this.#epochs = fact.epochs;
    else this.#unreachable = fact.detail;
  }

  /** In the order in which one rests on the other. */
  list(): Evidence[] {
    return [
      this.#card(),
      this.#bound(),
      this.#standing(),
      this.#mark(),
      this.#locator(),
      this.#slots(),
      this.#words(),
      ...this.#sealed.list(this.#state === 'live'),
      this.#inTime(),
      this.#kept(),
    ];
  }

  #card(): Evidence {
    const title = 'The card is signed';
    const { authority } = this;
    if (this.#refused) return { id: 'card', grade: 'bad', title, detail: `It does not hold: ${this.#refused}.` };
    if (!authority) return open('card', title, 'The agent has not shown its card yet.');
    return good('card', title, `${authority.issuer} signed who speaks and what for. Key ${authority.kid}.`);
  }

  #bound(): Evidence {
    const title = 'It is made out to this call';
    if (!this.authority) return open('bound', title, 'Waits for the card.');
    if (this.authority.bound) return good('bound', title, 'The name that this page gave itself stands in the card.');
    return { id: 'bound', grade: 'bad', title, detail: 'The card names another call, or none.' };
  }

  #standing(): Evidence {
    const title = 'It has not been taken back';
    const status = this.#status;
    if (!status) return open('status', title, 'The issuer’s list has not been asked yet.');
    const asked = `Asked at ${timeOf(status.atMs)}.`;
    if (status.status === 'valid') return good('status', title, `The issuer’s signed list says so. ${asked}`);
    if (status.status === 'unknown') return open('status', title, `The issuer’s list could not be read. ${asked}`);
    return { id: 'status', grade: 'bad', title, detail: `The issuer has ${status.status} it. ${asked}` };
  }

  #mark(): Evidence {
    const title = 'A mark is in the voice';
    if (this.#markSeconds === null) return open('mark', title, 'Nothing was found yet, which proves nothing.');
    return good('mark', title, `Found after ${this.#markSeconds.toFixed(1)} s of sound. That alone is no proof.`);
  }

  #locator(): Evidence {
    const title = 'The voice names its session';
    if (this.#foreign.size > 0)
      return {
        id: 'claim',
        grade: 'bad',
        title,
        detail: `It names another session than this call’s: ${[...this.#foreign].join(', ')}.`,
      };
    if (!this.#claim) return open('claim', title, 'Read from the sound every half minute or so.');
    const chance = Math.max(1e-30, this.#claim.falseAlarmProbability).toExponential(0);
    return good(
      'claim',
      title,
      `Session ${this.#claim.sessionId}. Chance of reading that from any sound: ${chance}. Only a claim.`,
    );
  }

  #slots(): Evidence {
    const title = 'The secret bits fit';
    const proof = this.#proof;
    const seen = `${this.#records.records} signed records and ${this.#records.keys} keys have come`;
    if (this.#unreachable && this.#records.records === 0)
      return { id: 'slots', grade: 'bad', title, detail: `The verification channel cannot be reached: ${this.#unreachable}.` };
    if (!proof) return open('slots', title, `${seen}; speech is needed to compare them with.`);
    const detail = `${proof.slots} matched slots of 2.6 s in a row, ${Math.round(proof.bits)} bits of evidence; a proof needs ${NEEDED_BITS}. ${seen}.`;
    return this.#state === 'live' ? good('slots', title, detail) : open('slots', title, `Last time: ${detail}`);
  }

  #words(): Evidence {
    const title = 'The words are the signed ones';
    const proof = this.#proof;
    if (!proof || proof.compared === 0) return open('words', title, 'Not compared yet.');
    const detail = `${proof.errors} of ${proof.compared} bits of their fingerprint differ (${percent(proof.errors, proof.compared)}; up to ${MATCH_PERCENT} % is a match).`;
    if (proof.content === 'mismatch') return { id: 'words', grade: 'bad', title, detail };
    return this.#state === 'live' && proof.content === 'match' ? good('words', title, detail) : open('words', title, detail);
  }

  #inTime(): Evidence {
    const title = 'The sound came before its keys';
    if (this.findings.has('replayed') && this.#state !== 'live')
      return { id: 'time', grade: 'bad', title, detail: 'It came so late that anybody could have made it from published keys.' };
    if (this.#clockMs === null) return open('time', title, 'The agent’s clock has not answered yet.');
    const detail = `The agent’s clock answered in ${Math.round(this.#clockMs)} ms, signed.`;
    return this.#state === 'live' ? good('time', title, detail) : open('time', title, detail);
  }

  #kept(): Evidence {
    const title = 'A recording can be checked later';
    if (this.#epochs === 0) return open('checkpoint', title, 'The first signed checkpoint comes after about 80 s.');
    return good('checkpoint', title, `Checkpoints sign ${this.#epochs} epochs of this call.`);
  }
}
