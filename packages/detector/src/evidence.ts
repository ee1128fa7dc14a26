/** What is known of one session beside the sound: the verified card, its slot records, its keys, and the operator's clock. */
import {
  arrivedInTime,
  type Bound,
  boundAt,
  type Card,
  ChainVerifier,
  type Claims,
  type ClockBound,
  constantTimeEqual,
  disclosureTimeMs,
  parseRecord,
  type SessionRecord,
  type SessionRecordFailure,
  type SlotRecord,
  TokenError,
  type TrustedKey,
  type TrustStore,
  verifyRecord,
  verifySessionRecord,
} from '@undertone/token';
import type { Finding } from './report.ts';

/** `in-time`: the rule holds; `late`: the key could have been out; `unbounded`: nobody can say, as with every recording. */
export type Arrival = 'in-time' | 'late' | 'unbounded';

type HeldRecord = Extract<ReturnType<typeof verifySessionRecord>, { ok: true }>;

/** One session that the sound is compared with. */
export interface SessionEvidence {
  readonly card: Card;
  readonly issuer: TrustedKey;
  readonly claims: Claims | null;
  readonly bound: Bound;
  /** `live` when it grows during the call, `record` when it was read from a file. */
  readonly source: 'live' | 'record';
  readonly slots: number;
  /** The verified record of a slot. */
  record(slot: number): SlotRecord | null;
  /** K_s, verified against K_0. */
  key(slot: number): Uint8Array | null;
  /** Slots whose record and key are both there, rising. */
  ready(): readonly number[];
  /** The arrival rule for a slot whose last sample came at a local time. */
  arrival(slot: number, lastSampleMs: number | null): Arrival;
}

/** The first of a list that may be long. */
const few = (list: readonly (string | number)[]): string => list.slice(0, 8).join(', ') + (list.length > 8 ? ' …' : '');

/** What does not hold of a session record that holds as a whole. */
function recordFindings({ signed, gaps, rejected, eventFailure }: HeldRecord): Finding[] {
  const findings: Finding[] = [];
  if (!signed) findings.push({ code: 'session-unsigned', detail: 'the end of the session record may be missing' });
  if (gaps.length > 0)
    findings.push({ code: 'records-missing', detail: `of the slots ${few(gaps.map(({ from, to }) => `${from}–${to}`))}` });
  for (const code of new Set(rejected.map((item) => item.code))) {
    const slots = rejected.filter((item) => item.code === code).map(({ slot }) => slot);
    findings.push({ code, detail: `the records of the slots ${few(slots)}` });
  }
  if (eventFailure) findings.push({ code: eventFailure, detail: 'a persona event of the session record' });
  return findings;
}

/** Evidence from a session record. @returns the evidence, or the stable code of what does not hold */
export function evidenceFromRecord(
  record: SessionRecord,
  trust: TrustStore,
  audience?: string,
): (SessionEvidence & { readonly findings: readonly Finding[] }) | { readonly code: SessionRecordFailure } {
  const verdict = verifySessionRecord(record, trust, audience === undefined ? {} : { audience });
  if (!verdict.ok) return { code: verdict.code };
  const { card, issuer, claims, bound, records, keys } = verdict;
  const ready = [...records.keys()].filter((s) => keys.keyForSlot(s) !== null).sort((a, b) => a - b);
  return {
    card,
    issuer,
    claims,
    bound,
    source: 'record',
    slots: card.slots,
    record: (slot) => records.get(slot) ?? null,
    key: (slot) => keys.keyForSlot(slot),
    ready: () => ready,
    arrival: () => 'unbounded',
    findings: recordFindings(verdict),
  };
}

/** Evidence that arrives through the verification channel while the call goes on. */
export class LiveEvidence implements SessionEvidence {
  readonly card: Card;
  readonly issuer: TrustedKey;
  readonly claims: Claims | null;
  readonly bound: Bound;
  readonly source = 'live';
  readonly #keys: ChainVerifier;
  readonly #records = new Map<number, { record: SlotRecord; atMs: number }>();
  #ready: number[] = [];
  #bounds: ClockBound[] = [];
  #lastSlot: number;

  constructor(card: Card, issuer: TrustedKey, claims: Claims | null, bound: Bound) {
    this.card = card;
    this.issuer = issuer;
    this.claims = claims;
    this.bound = bound;
    this.#lastSlot = card.slots;
    this.#keys = new ChainVerifier(card.chainRoot, card.sessionKey, card.slots);
  }

  /** The last slot that counts: the card's, or that of the session's own notice. */
  get lastSlot(): number {
    return this.#lastSlot;
  }

  endAfter(slot: number): void {
    this.#lastSlot = Math.min(this.#lastSlot, slot);
    this.#refresh();
  }

  get slots(): number {
    return this.card.slots;
  }

  /** Remembers a verified answer of the operator's clock; the newest two are kept, so that a gap does not open between them. */
  addBound(bound: ClockBound): void {
    this.#bounds = [...this.#bounds.slice(-1), bound];
  }

  /** When the newest bound was asked, local ms; null without one. */
  get boundAskedMs(): number | null {
    return this.#bounds.at(-1)?.askedAtMs ?? null;
  }

  /** Takes a published record. `equivocation`: the session key signed two different ones for its slot; the first counts. */
  addRecord(bytes: Uint8Array, atMs: number): 'taken' | 'refused' | 'equivocation' {
    let record: SlotRecord;
    try {
      record = parseRecord(bytes);
    } catch (error) {
      if (!(error instanceof TokenError)) throw error;
      return 'refused';
    }
    if (!verifyRecord(record, this.card).ok) return 'refused';
    const known = this.#records.get(record.slot);
    if (known) return constantTimeEqual(known.record.bytes, record.bytes) ? 'taken' : 'equivocation';
    this.#records.set(record.slot, { record, atMs });
    this.#refresh();
    return 'taken';
  }

  /** Takes a disclosed key. @returns whether it hashes down to K_0 */
  addKey(slot: number, key: Uint8Array): boolean {
    if (!this.#keys.accept(slot, key)) return false;
    this.#refresh();
    return true;
  }

  #refresh(): void {
    const newest = Math.min(this.#keys.newestSlot, this.#lastSlot);
    this.#ready = [...this.#records.keys()].filter((s) => s <= newest).sort((a, b) => a - b);
  }

  record(slot: number): SlotRecord | null {
    return this.#records.get(slot)?.record ?? null;
  }

  key(slot: number): Uint8Array | null {
    return this.#keys.keyForSlot(slot);
  }

  ready(): readonly number[] {
    return this.#ready;
  }

  /** Latest that the operator's clock can have shown at a local time, ms since 1970; null where no bound reaches. */
  upperMs(localMs: number): number | null {
    const upper = this.#bounds.map((bound) => boundAt(bound, localMs)).filter((ms) => ms !== null);
    return upper.length > 0 ? Math.min(...upper) : null;
  }

  /** The arrival rule for sound alone: its last sample was here before K_s could be out. */
  heardInTime(slot: number, lastSampleMs: number): boolean {
    return (this.upperMs(lastSampleMs) ?? Infinity) < disclosureTimeMs(this.card, slot);
  }

  arrival(slot: number, lastSampleMs: number | null): Arrival {
    const known = this.#records.get(slot);
    if (!known || lastSampleMs === null) return 'unbounded';
    if (this.#bounds.some((bound) => arrivedInTime(this.card, slot, bound, lastSampleMs, known.atMs))) return 'in-time';
    const limit = disclosureTimeMs(this.card, slot);
    return this.#bounds.some((bound) => (boundAt(bound, lastSampleMs) ?? 0) >= limit) ? 'late' : 'unbounded';
  }
}
