/**
 * Witnesses (C2SP tlog-cosignature, `cosignature/v1`): a witness signs, with its time, the largest consistent tree head that it has
 * seen. It is what bounds an operator's lies about time.
 */
import { concat, readUint, u32, utf8 } from '../bytes.ts';
import { ed25519Sign, ed25519Verify, SIGNATURE_BYTES } from '../crypto.ts';
import { TokenError } from '../errors.ts';
import { verifyConsistency } from './merkle-proof.ts';
import { KeyKind, type Note, type NoteKey, type NoteSignature, type NoteSigner, signaturesBy } from './signed-note.ts';
import { type TreeHead, verifyTreeHead } from './tree-head.ts';

const TIME_BYTES = 8;

function cosignedBytes(text: string, timeSeconds: number): Uint8Array {
  return utf8(`cosignature/v1\ntime ${timeSeconds}\n${text}`);
}

/** A cosignature, to be added to the note's signatures. It says nothing about consistency: see {@link witnessTreeHead}. Throws `bad-argument`. */
export function cosign(note: Note, witness: NoteSigner, timeSeconds: number): NoteSignature {
  if (witness.kind !== KeyKind.COSIGNATURE) throw new TokenError('bad-argument', 'kind of key');
  if (!Number.isSafeInteger(timeSeconds) || timeSeconds < 0) throw new TokenError('bad-argument', 'time');
  const time = concat(u32(Math.floor(timeSeconds / 2 ** 32)), u32(timeSeconds % 2 ** 32));
  const signature = ed25519Sign(cosignedBytes(note.text, timeSeconds), witness.secretKey);
  return { name: witness.name, keyId: witness.keyId, signature: concat(time, signature) };
}

/** When this witness saw the tree head, seconds since 1970, or `null` without a holding cosignature; the earliest of several. */
export function cosignedAt(note: Note, witness: NoteKey): number | null {
  if (witness.kind !== KeyKind.COSIGNATURE) return null;
  const times = signaturesBy(note, witness).flatMap(({ signature }) => {
    if (signature.length !== TIME_BYTES + SIGNATURE_BYTES) return [];
    const seconds = readUint(signature, 0, 4) * 2 ** 32 + readUint(signature, 4, 4);
    const message = Number.isSafeInteger(seconds) ? cosignedBytes(note.text, seconds) : null;
    return message !== null && ed25519Verify(signature.slice(TIME_BYTES), message, witness.publicKey) ? [seconds] : [];
  });
  return times.length === 0 ? null : Math.min(...times);
}

export type WitnessVerdict =
  | { readonly ok: true; readonly cosignature: NoteSignature; readonly head: TreeHead }
  | {
      readonly ok: false;
      readonly code:
        | 'log-bad-signature'
        /** The log's tree is smaller than one that the witness has cosigned. */
        | 'log-shrunk'
        /** The proof does not connect the two trees: the log shows different trees to different readers. */
        | 'log-inconsistent';
    };

/** What a witness does with a new tree head: cosigns it if it extends the last one (`null` at first). Throws `log-malformed`. */
export function witnessTreeHead(
  note: Note,
  last: TreeHead | null,
  proof: readonly Uint8Array[],
  keys: { readonly log: NoteKey; readonly witness: NoteSigner },
  timeSeconds: number,
): WitnessVerdict {
  const head = verifyTreeHead(note, keys.log);
  if (head === null) return { ok: false, code: 'log-bad-signature' };
  if (last !== null && head.size < last.size) return { ok: false, code: 'log-shrunk' };
  if (last !== null && !verifyConsistency(last.size, head.size, last.root, head.root, proof))
    return { ok: false, code: 'log-inconsistent' };
  return { ok: true, cosignature: cosign(note, keys.witness, timeSeconds), head };
}
