/**
 * The tree head a log signs (C2SP tlog-checkpoint): a note of origin, size and root. C2SP calls it checkpoint, a word that the protocol
 * uses for the session key's signature over a window of epochs.
 */
import { utf8 } from '../bytes.ts';
import { ed25519Verify } from '../crypto.ts';
import { TokenError } from '../errors.ts';
import { HASH_BYTES, MAX_TREE_SIZE } from './merkle.ts';
import { base64, fromBase64, KeyKind, type Note, type NoteKey, type NoteSigner, signaturesBy, signNote } from './signed-note.ts';

export type TreeHead = {
  /** The log's identity; the name of its key. */
  readonly origin: string;
  readonly size: number;
  readonly root: Uint8Array;
};

function fail(what: string): never {
  throw new TokenError('log-malformed', what);
}

/** The note text. */
export function formatTreeHead({ origin, size, root }: TreeHead): string {
  return `${origin}\n${size}\n${base64(root)}\n`;
}

/** Reads a note text; lines after the third are extensions and are passed over. Throws `log-malformed`. */
export function parseTreeHead(text: string): TreeHead {
  const [origin, size, root, ...rest] = text.split('\n');
  if (root === undefined || rest.length === 0 || rest.at(-1) !== '' || rest.slice(0, -1).includes('')) fail('tree head');
  if (origin === '' || !/^(0|[1-9]\d{0,15})$/.test(size) || Number(size) > MAX_TREE_SIZE) fail('tree head');
  const hash = fromBase64(root);
  return hash.length === HASH_BYTES ? { origin, size: Number(size), root: hash } : fail('root');
}

/** Signs a tree head as the log. The signer's name must be the origin. Throws `bad-argument`. */
export function signTreeHead(head: TreeHead, log: NoteSigner): Note {
  if (log.name !== head.origin) throw new TokenError('bad-argument', 'the log key must have the origin as its name');
  return signNote(formatTreeHead(head), log);
}

/** The tree head if this log key signed it and it names that log, else `null`. Throws `log-malformed`. */
export function verifyTreeHead(note: Note, log: NoteKey): TreeHead | null {
  const head = parseTreeHead(note.text);
  const claimed = signaturesBy(note, log);
  const holds = claimed.every(({ signature }) => ed25519Verify(signature, utf8(note.text), log.publicKey));
  return log.kind === KeyKind.ED25519 && head.origin === log.name && claimed.length > 0 && holds ? head : null;
}
