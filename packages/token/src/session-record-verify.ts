/**
 * Judging a session record against the trusted issuers: what of it holds, as values.
 *
 * Validity is judged at the time the session itself states, t0 to the end of the last record that holds, not at today's: a
 * recording stays verifiable for years. That time is asserted by the operator unless a log witnessed the record.
 */
import { hex } from './bytes.ts';
import { type Card, cardEndMs } from './card.ts';
import { type CardFailure, verifyCard } from './card-verify.ts';
import { ChainVerifier } from './chain.ts';
import { type Checkpoint, checkpointFollows, verifyCheckpoint } from './checkpoint.ts';
import { type Claims, checkAudience } from './claims.ts';
import { SLOT_MS } from './clock.ts';
import { ed25519Verify, sha256 } from './crypto.ts';
import { type PersonaEvent, type PersonaEventFailure, verifyPersonaEvents } from './persona-event.ts';
import { type RecordChain, type SlotRecord, verifyRecordChain } from './record.ts';
import { type Renewal, verifyRenewal } from './renewal.ts';
import { type SessionRecord, sessionRecordMessage } from './session-record.ts';
import type { Bound } from './state.ts';
import { keyValidAt, type TrustedKey, type TrustStore } from './trust.ts';

export type SessionRecordFailure =
  | CardFailure
  /** The JWT in the record is not the one whose hash the claims hold. */
  | 'jwt-mismatch'
  /** The disclosed key does not hash down to K_0. */
  | 'session-bad-key'
  /** The renewal notice is not the session key's. */
  | 'session-bad-renewal'
  /** The signature over the whole is there and wrong. */
  | 'session-bad-signature';

export type SessionRecordVerdict =
  | {
      readonly ok: true;
      readonly card: Card;
      readonly issuer: TrustedKey;
      readonly claims: Claims;
      /** Records whose signature and hash chain hold, by slot. */
      readonly records: ReadonlyMap<number, SlotRecord>;
      readonly gaps: RecordChain['gaps'];
      readonly rejected: RecordChain['rejected'];
      /** Gives every key up to the newest disclosed one. */
      readonly keys: ChainVerifier;
      /** Checkpoints whose signature and order hold. */
      readonly checkpoints: readonly Checkpoint[];
      readonly rejectedCheckpoints: number;
      /** Persona events up to the first that does not hold, and why that one does not. */
      readonly events: readonly PersonaEvent[];
      readonly eventFailure: PersonaEventFailure | null;
      /** How the session ended; `null` when nothing is announced. */
      readonly renewal: Renewal | null;
      /** Whether the record as a whole is signed: if not, its end may have been cut off. */
      readonly signed: boolean;
      readonly bound: Bound;
    }
  | { readonly ok: false; readonly code: SessionRecordFailure };

export type SessionRecordCheck = {
  /** Identifier from the verifier's own signalling; when given, the signed audience must equal it. */
  readonly audience?: string;
};

function verifiedCheckpoints(record: SessionRecord): readonly Checkpoint[] {
  const kept: Checkpoint[] = [];
  for (const checkpoint of record.checkpoints) {
    const previous = kept.at(-1) ?? null;
    if (checkpointFollows(checkpoint, previous) && verifyCheckpoint(checkpoint, record.card).ok) kept.push(checkpoint);
  }
  return kept;
}

/** Verifies card, claims, JWT hash, key, signature, renewal, records, checkpoints and persona events. Costs one signature check for each record. */
export function verifySessionRecord(
  record: SessionRecord,
  trust: TrustStore,
  check: SessionRecordCheck = {},
): SessionRecordVerdict {
  const verdict = verifyCard(record.card, trust, {
    atMs: record.card.t0Ms,
    claims: record.claims,
    ...(check.audience === undefined ? {} : { audience: check.audience }),
  });
  if (!verdict.ok) return verdict;
  const { card, issuer } = verdict;
  const { claims } = record;
  if (record.jwt !== null && claims.jwtHash !== hex(sha256(record.jwt))) return { ok: false, code: 'jwt-mismatch' };

  const keys = new ChainVerifier(card.chainRoot, card.sessionKey, card.slots);
  if (record.key !== null && !keys.accept(record.key.slot, record.key.key)) return { ok: false, code: 'session-bad-key' };
  if (record.signature !== null && !ed25519Verify(record.signature, sessionRecordMessage(record), card.sessionKey)) {
    return { ok: false, code: 'session-bad-signature' };
  }

  const renewal = record.renewal ?? null;
  if (renewal !== null && !verifyRenewal(renewal, card)) return { ok: false, code: 'session-bad-renewal' };

  const end = renewal?.lastSlot ?? card.slots;
  const { records, gaps, rejected } = verifyRecordChain(
    record.records.filter(({ slot }) => slot <= end),
    card,
  );
  const late = record.records.filter(({ slot }) => slot > end).map(({ slot }) => ({ slot, code: 'record-after-end' as const }));
  const lastSlot = [...records.keys()].at(-1) ?? 0;
  const endMs = Math.min(cardEndMs(card), card.t0Ms + lastSlot * SLOT_MS);
  if (!keyValidAt(issuer, endMs)) return { ok: false, code: 'issuer-key-expired' };

  const checkpoints = verifiedCheckpoints(record);
  const { events, failure } = verifyPersonaEvents(record.events ?? [], card, claims);
  return {
    ok: true,
    card,
    issuer,
    claims,
    records,
    gaps,
    rejected: [...rejected, ...late],
    keys,
    checkpoints,
    rejectedCheckpoints: record.checkpoints.length - checkpoints.length,
    events,
    eventFailure: failure,
    renewal,
    signed: record.signature !== null,
    bound: check.audience !== undefined && checkAudience(claims, check.audience) === null ? 'call' : 'none',
  };
}
