/**
 * The slot record: what the session key signs at the end of every slot (protocol page §4, Record).
 *
 * | at | bytes | field |
 * | --- | --- | --- |
 * | 0 | 7 | "ut1 rec" |
 * | 7 | 32 | card hash |
 * | 39 | 4 | slot |
 * | 43 | 32 | SHA-256 of the previous record with its signature; zeros in the first |
 * | 75 | 4 | sent map, most significant bit = first model frame of the slot |
 * | 79 | 8 | sealed bits before masking, after FEC |
 * | 87 | 64 | slot digest, 512 bits |
 * | 151 | 1 | state of the speech, as in AUTH (0 full, 1 interrupted, 2 void, 3 end) |
 * | 152 | 64 | Ed25519 signature by the session key over bytes 0–151 |
 */
import { AUTH_STATES, type AuthState } from './auth.ts';
import { concat, constantTimeEqual, readUint, u32, utf8 } from './bytes.ts';
import type { Card } from './card.ts';
import { ed25519Verify, sha256 } from './crypto.ts';
import { TokenError } from './errors.ts';

export const RECORD_BODY_BYTES: number = 152;
export const RECORD_BYTES: number = 216;
export const DIGEST_BYTES: number = 64;
const LABEL: Uint8Array = utf8('ut1 rec');

export type SlotRecordFields = {
  readonly cardHash: Uint8Array;
  readonly slot: number;
  /** 32 bytes; zeros for the first record of a session. */
  readonly previousHash: Uint8Array;
  /** Which of the 32 model frames carried their bits, most significant bit first. */
  readonly sentMap: number;
  /** 8 bytes. */
  readonly sealedBits: Uint8Array;
  /** 64 bytes. */
  readonly digest: Uint8Array;
  readonly state: AuthState;
};

export type SlotRecord = SlotRecordFields & {
  readonly signature: Uint8Array;
  /** The 216 bytes. */
  readonly bytes: Uint8Array;
  /** SHA-256 of all 216 bytes, for the next record. */
  readonly hash: Uint8Array;
};

export type RecordVerdict =
  | { readonly ok: true }
  | { readonly ok: false; readonly code: 'record-wrong-card' | 'record-bad-slot' | 'record-bad-signature' };

/** Signs one record; `sign` is the session's Ed25519 signature. Throws `record-malformed`. */
export function createRecord(fields: SlotRecordFields, sign: (message: Uint8Array) => Uint8Array): SlotRecord {
  const { cardHash, previousHash, sealedBits, digest } = fields;
  if (cardHash.length !== 32 || previousHash.length !== 32 || sealedBits.length !== 8 || digest.length !== DIGEST_BYTES) {
    throw new TokenError('record-malformed', 'field length');
  }
  const body = concat(
    LABEL,
    cardHash,
    u32(fields.slot),
    previousHash,
    u32(fields.sentMap),
    sealedBits,
    digest,
    Uint8Array.of(AUTH_STATES.indexOf(fields.state)),
  );
  return parseRecord(concat(body, sign(body)));
}

/** Reads a record without checking its signature. Throws `record-malformed`. */
export function parseRecord(input: Uint8Array): SlotRecord {
  if (input.length !== RECORD_BYTES) throw new TokenError('record-malformed', `${input.length} bytes`);
  const bytes = input.slice();
  if (!constantTimeEqual(bytes.subarray(0, LABEL.length), LABEL)) throw new TokenError('record-malformed', 'label');
  const state = AUTH_STATES[bytes[151]];
  if (state === undefined) throw new TokenError('record-malformed', 'state');
  const slot = readUint(bytes, 39, 4);
  if (slot < 1) throw new TokenError('record-malformed', 'slot');
  return {
    cardHash: bytes.slice(7, 39),
    slot,
    previousHash: bytes.slice(43, 75),
    sentMap: readUint(bytes, 75, 4),
    sealedBits: bytes.slice(79, 87),
    digest: bytes.slice(87, 151),
    state,
    signature: bytes.slice(152),
    bytes,
    hash: sha256(bytes),
  };
}

/** Whether the record belongs to this card and its session key signed it. */
export function verifyRecord(record: SlotRecord, card: Pick<Card, 'cardHash' | 'sessionKey' | 'slots'>): RecordVerdict {
  const bytes = record.bytes;
  if (!constantTimeEqual(bytes.subarray(7, 39), card.cardHash)) return { ok: false, code: 'record-wrong-card' };
  const slot = readUint(bytes, 39, 4);
  if (slot < 1 || slot > card.slots) return { ok: false, code: 'record-bad-slot' };
  const good = ed25519Verify(bytes.subarray(RECORD_BODY_BYTES), bytes.subarray(0, RECORD_BODY_BYTES), card.sessionKey);
  return good ? { ok: true } : { ok: false, code: 'record-bad-signature' };
}

export type RecordChain = {
  /** Records that hold, by slot. */
  readonly records: ReadonlyMap<number, SlotRecord>;
  /** Slots missing between two records that hold, first and last. */
  readonly gaps: readonly { readonly from: number; readonly to: number }[];
  /** Records left out, and why, in the order of their slots. */
  readonly rejected: readonly {
    readonly slot: number;
    readonly code:
      | 'record-wrong-card'
      | 'record-bad-slot'
      | 'record-bad-signature'
      | 'record-chain-broken'
      | 'record-equivocation'
      /** After the last slot that the session's own renewal notice names. */
      | 'record-after-end';
  }[];
};

/**
 * Keeps the records whose signature and hash chain hold. Where slots are missing the link can't be checked and the gap is
 * reported; between neighbouring slots a wrong link rejects the later record. Two different signed records for one slot
 * prove equivocation, and neither is kept.
 */
export function verifyRecordChain(
  input: readonly SlotRecord[],
  card: Pick<Card, 'cardHash' | 'sessionKey' | 'slots'>,
): RecordChain {
  const signed = new Map<number, SlotRecord>();
  const equivocal = new Set<number>();
  const rejected: { slot: number; code: RecordChain['rejected'][number]['code'] }[] = [];
  for (const record of input) {
    const verdict = verifyRecord(record, card);
    if (!verdict.ok) {
      rejected.push({ slot: record.slot, code: verdict.code });
      continue;
    }
    const other = signed.get(record.slot);
    if (other !== undefined && !constantTimeEqual(other.bytes, record.bytes)) equivocal.add(record.slot);
    signed.set(record.slot, record);
  }
  const records = new Map<number, SlotRecord>();
  const gaps: { from: number; to: number }[] = [];
  const zeros = new Uint8Array(32);
  let last: SlotRecord | null = null;
  for (const slot of [...signed.keys()].sort((a, b) => a - b)) {
    const record = signed.get(slot) as SlotRecord;
    if (equivocal.has(slot)) {
      rejected.push({ slot, code: 'record-equivocation' });
      continue;
    }
    const lastSlot: number = last === null ? 0 : last.slot;
    const isFirst = constantTimeEqual(record.previousHash, zeros);
    const linked =
      last === null ? isFirst || slot > 1 : slot === lastSlot + 1 ? constantTimeEqual(record.previousHash, last.hash) : !isFirst;
    if (!linked) {
      rejected.push({ slot, code: 'record-chain-broken' });
      continue;
    }
    // A first record with zeros opens the session, so nothing is missing before it.
    if (slot > lastSlot + 1 && !(last === null && isFirst)) gaps.push({ from: lastSlot + 1, to: slot - 1 });
    records.set(slot, record);
    last = record;
  }
  return { records, gaps, rejected: rejected.sort((a, b) => a.slot - b.slot) };
}
