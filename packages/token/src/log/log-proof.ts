/**
 * A proof that something was logged, which an auditor checks offline (C2SP tlog-proof): index, inclusion proof, and the tree head with
 * its cosignatures.
 */
import { TokenError } from '../errors.ts';
import { cosignedAt } from './cosignature.ts';
import { HASH_BYTES, leafHash } from './merkle.ts';
import { MAX_PROOF_HASHES, verifyInclusion } from './merkle-proof.ts';
import { base64, formatNote, fromBase64, MAX_NOTE_LENGTH, type Note, type NoteKey, parseNote } from './signed-note.ts';
import { verifyTreeHead } from './tree-head.ts';

const HEADER = 'c2sp.org/tlog-proof@v1';

/** Longest proof text, in characters. */
export const MAX_LOG_PROOF_LENGTH: number = 2 * MAX_NOTE_LENGTH;

export type LogProof = {
  readonly index: number;
  readonly hashes: readonly Uint8Array[];
  /** The log's signed tree head. */
  readonly head: Note;
};

/** The text form. */
export function formatLogProof({ index, hashes, head }: LogProof): string {
  return `${HEADER}\nindex ${index}\n${hashes.map((hash) => `${base64(hash)}\n`).join('')}\n${formatNote(head)}`;
}

/** Reads a proof; `extra` data are passed over, as nothing authenticates them. Throws `log-malformed`. */
export function parseLogProof(text: string): LogProof {
  if (text.length > MAX_LOG_PROOF_LENGTH) throw new TokenError('log-malformed', 'proof too large');
  const end = text.indexOf('\n\n');
  const lines = text.slice(0, Math.max(0, end)).split('\n');
  if (lines.shift() !== HEADER) throw new TokenError('log-malformed', 'proof header');
  if (lines[0]?.startsWith('extra ')) lines.shift();
  const index = /^index (0|[1-9]\d{0,15})$/.exec(lines.shift() ?? '')?.[1];
  if (index === undefined || lines.length > MAX_PROOF_HASHES) throw new TokenError('log-malformed', 'proof index');
  const hashes = lines.map(fromBase64);
  if (hashes.some((hash) => hash.length !== HASH_BYTES)) throw new TokenError('log-malformed', 'proof hash');
  return { index: Number(index), hashes, head: parseNote(text.slice(end + 2)) };
}

export type LogPolicy = {
  readonly log: NoteKey;
  readonly witnesses: readonly NoteKey[];
  /** How many different witnesses must have cosigned; 0 trusts the log alone and gives no witnessed time. */
  readonly quorum: number;
};

export type LogProofVerdict =
  | {
      readonly ok: true;
      readonly index: number;
      readonly size: number;
      /**
       * By this time, seconds since 1970, a quorum had seen the tree that holds the entry: it existed no later. `null` with a
       * quorum of 0.
       */
      readonly witnessedAt: number | null;
    }
  | { readonly ok: false; readonly code: 'log-bad-signature' | 'log-not-included' | 'log-few-witnesses' };

/** Whether the entry is in the log, as seen by a quorum of witnesses. A witness with the log's own key, or named twice, counts not at all or once. */
export function verifyLogProof(entry: Uint8Array, proof: LogProof, policy: LogPolicy): LogProofVerdict {
  const head = verifyTreeHead(proof.head, policy.log);
  if (head === null) return { ok: false, code: 'log-bad-signature' };
  if (!verifyInclusion(leafHash(entry), proof.index, head.size, proof.hashes, head.root))
    return { ok: false, code: 'log-not-included' };
  const seen = new Map<string, number>();
  for (const witness of policy.witnesses) {
    const key = base64(witness.publicKey);
    const at = key === base64(policy.log.publicKey) ? null : cosignedAt(proof.head, witness);
    if (at !== null) seen.set(key, Math.min(at, seen.get(key) ?? at));
  }
  const times = [...seen.values()].sort((a, b) => a - b);
  if (times.length < policy.quorum) return { ok: false, code: 'log-few-witnesses' };
  return { ok: true, index: proof.index, size: head.size, witnessedAt: policy.quorum === 0 ? null : times[policy.quorum - 1] };
}
