/**
 * Signed notes (C2SP signed-note): text, an empty line, and lines `— name base64(key id ‖ signature)`. Two kinds of key are known:
 * Ed25519 (0x01), and the timestamped Ed25519 cosignature of a witness (0x04).
 */
import { base64url, concat, constantTimeEqual, fromBase64url, fromHex, fromUtf8, hex, utf8 } from '../bytes.ts';
import { ed25519PublicKey, ed25519Sign, isEd25519PublicKey, KEY_BYTES, sha256 } from '../crypto.ts';
import { TokenError } from '../errors.ts';

export const KeyKind: { readonly ED25519: 1; readonly COSIGNATURE: 4 } = { ED25519: 1, COSIGNATURE: 4 };
export type KeyKind = 1 | 4;

/** Most signature lines and longest note accepted. */
export const MAX_NOTE_SIGNATURES: number = 64;
export const MAX_NOTE_LENGTH: number = 65536;

/** A public key as signed notes name it. */
export type NoteKey = {
  readonly name: string;
  readonly kind: KeyKind;
  readonly publicKey: Uint8Array;
  /** First 4 bytes of SHA-256(name ‖ "\n" ‖ kind ‖ public key). */
  readonly keyId: Uint8Array;
};

export type NoteSigner = NoteKey & { readonly secretKey: Uint8Array };

export type NoteSignature = { readonly name: string; readonly keyId: Uint8Array; readonly signature: Uint8Array };

/** A note that parses; `text` ends in a newline. Nothing is verified yet. */
export type Note = { readonly text: string; readonly signatures: readonly NoteSignature[] };

function fail(what: string): never {
  throw new TokenError('log-malformed', what);
}

/** Standard base64 with padding. */
export function base64(bytes: Uint8Array): string {
  const text = base64url(bytes).replaceAll('-', '+').replaceAll('_', '/');
  return text.padEnd(Math.ceil(text.length / 4) * 4, '=');
}

/** Strict inverse of {@link base64}. Throws `log-malformed`. */
export function fromBase64(text: string): Uint8Array {
  if (text.length % 4 !== 0 || /[-_]/.test(text)) fail('base64');
  try {
    return fromBase64url(
      text
        .replace(/={1,2}$/, '')
        .replaceAll('+', '-')
        .replaceAll('/', '_'),
    );
  } catch {
    return fail('base64');
  }
}

function checkName(name: string): string {
  return name !== '' && name.length <= 256 && !/[\s+\p{Z}\p{Cc}]/u.test(name) ? name : fail('key name');
}

function keyIdOf(name: string, kind: KeyKind, publicKey: Uint8Array): Uint8Array {
  return sha256(name, '\n', Uint8Array.of(kind), publicKey).slice(0, 4);
}

/** Names a public key. Throws `log-malformed`. */
export function noteKey(name: string, kind: KeyKind, publicKey: Uint8Array): NoteKey {
  if (kind !== KeyKind.ED25519 && kind !== KeyKind.COSIGNATURE) fail('key kind');
  if (!isEd25519PublicKey(publicKey)) fail('not a public key');
  return { name: checkName(name), kind, publicKey, keyId: keyIdOf(name, kind, publicKey) };
}

/** A signer from an Ed25519 secret key of 32 bytes. */
export function noteSigner(name: string, kind: KeyKind, secretKey: Uint8Array): NoteSigner {
  return { ...noteKey(name, kind, ed25519PublicKey(secretKey)), secretKey };
}

/** `name+key id+base64(kind ‖ public key)`: how configurations and directories write a key. */
export function formatVerifierKey({ name, keyId, kind, publicKey }: NoteKey): string {
  return `${name}+${hex(keyId)}+${base64(concat(Uint8Array.of(kind), publicKey))}`;
}

/** Reads a verifier key. Throws `log-malformed`. */
export function parseVerifierKey(text: string): NoteKey {
  const match = /^([^+]{1,256})\+([0-9a-f]{8})\+([A-Za-z0-9+/=]{1,64})$/.exec(text);
  if (match === null) return fail('verifier key');
  const bytes = fromBase64(match[3]);
  if (bytes.length !== 1 + KEY_BYTES) fail('verifier key');
  const key = noteKey(match[1], bytes[0] as KeyKind, bytes.slice(1));
  return constantTimeEqual(key.keyId, fromHex(match[2])) ? key : fail('key id');
}

/** Reads a note. Throws `log-malformed`. */
export function parseNote(note: string | Uint8Array): Note {
  if (note.length > MAX_NOTE_LENGTH) fail('note too large');
  let text: string;
  try {
    text = typeof note === 'string' ? fromUtf8(utf8(note)) : fromUtf8(note);
  } catch {
    return fail('UTF-8');
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[\u0000-\u0009\u000b-\u001f]/.test(text)) fail('control character');
  const at = text.lastIndexOf('\n\n');
  if (at < 1 || !text.endsWith('\n')) fail('no signatures');
  const lines = text.slice(at + 2, -1).split('\n');
  if (lines.length > MAX_NOTE_SIGNATURES) fail('too many signatures');
  const signatures = lines.map((line) => {
    const match = /^— ([^ ]+) ([A-Za-z0-9+/=]+)$/.exec(line);
    if (match === null) return fail('signature line');
    const bytes = fromBase64(match[2]);
    if (bytes.length < 5) fail('signature line');
    return { name: checkName(match[1]), keyId: bytes.slice(0, 4), signature: bytes.slice(4) };
  });
  return { text: text.slice(0, at + 1), signatures };
}

/** The inverse of {@link parseNote}. */
export function formatNote({ text, signatures }: Note): string {
  const lines = signatures.map(({ name, keyId, signature }) => `— ${name} ${base64(concat(keyId, signature))}\n`);
  return `${text}\n${lines.join('')}`;
}

/** Signs text that ends in a newline with an Ed25519 key. Throws `bad-argument`. */
export function signNote(text: string, signer: NoteSigner): Note {
  if (signer.kind !== KeyKind.ED25519 || !text.endsWith('\n')) throw new TokenError('bad-argument', 'text or kind of key');
  const { name, keyId, secretKey } = signer;
  return { text, signatures: [{ name, keyId, signature: ed25519Sign(utf8(text), secretKey) }] };
}

/** Signatures that claim to be by this key: same name and key id. */
export function signaturesBy(note: Note, key: NoteKey): readonly NoteSignature[] {
  return note.signatures.filter(({ name, keyId }) => name === key.name && constantTimeEqual(keyId, key.keyId));
}
