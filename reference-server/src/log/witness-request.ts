/** The body of a request to a witness (C2SP tlog-witness `add-checkpoint`): old size, consistency proof, empty line, the note. */
import { TokenError } from '@undertone/token';
import { base64, formatNote, fromBase64, HASH_BYTES, MAX_NOTE_LENGTH, type Note, parseNote } from '@undertone/token/log';

/** Hashes that a request may hold. */
const MAX_HASHES = 63;

export interface WitnessRequest {
  /** Size of the tree that the witness cosigned last; 0 for none. */
  readonly oldSize: number;
  readonly proof: readonly Uint8Array[];
  readonly note: Note;
}

export function formatWitnessRequest({ oldSize, proof, note }: WitnessRequest): string {
  return `old ${oldSize}\n${proof.map((hash) => `${base64(hash)}\n`).join('')}\n${formatNote(note)}`;
}

/** Throws `log-malformed`. */
export function parseWitnessRequest(text: string): WitnessRequest {
  const end = text.indexOf('\n\n');
  if (end < 0 || text.length > 2 * MAX_NOTE_LENGTH) throw new TokenError('log-malformed', 'request');
  const [first, ...lines] = text.slice(0, end).split('\n');
  const size = /^old (0|[1-9]\d{0,14})$/.exec(first)?.[1];
  if (size === undefined || lines.length > MAX_HASHES) throw new TokenError('log-malformed', 'old size or proof');
  const proof = lines.map(fromBase64);
  if (proof.some((hash) => hash.length !== HASH_BYTES)) throw new TokenError('log-malformed', 'proof hash');
  return { oldSize: Number(size), proof, note: parseNote(text.slice(end + 2)) };
}
