/**
 * Checkpoints: the session key's signature over a window of epochs, carried as Reed–Solomon symbols (protocol page §4).
 *
 * A window holds n AUTH bodies, 4 in the first window of a session and 16 in every later one. Its code word has
 * K = n + 13 data symbols of 6 bytes:
 *
 * | symbols | content |
 * | --- | --- |
 * | 0 … n−1 | the AUTH bodies that were carried, in epoch order; zeros where the window closed with fewer |
 * | n | window start u16 ‖ presence map u32 |
 * | n+1 | first 6 bytes of the previous checkpoint's hash; zeros in the first |
 * | n+2 … n+12 | signature, 64 bytes, and two zero bytes |
 *
 * Symbols 0 … n−1 were sent already as AUTH frames, so CKPT frames carry n … 31. The window start is the epoch of the first
 * body; bit i of the map, most significant first, says that epoch start + i is one of the bodies, so a window spans at
 * most 32 epochs. The signature is over "utc1" ‖ card hash ‖ symbols n and n+1 ‖ symbols 0 … n−1. The first window uses
 * type CKPT0, and the type alternates from window to window.
 */
import { concat, constantTimeEqual, readUint, u16, u32 } from './bytes.ts';
import type { Card } from './card.ts';
import { ed25519Verify, sha256 } from './crypto.ts';
import { TokenError } from './errors.ts';
import { FrameType } from './frame.ts';
import { rsEncode, SYMBOL_BYTES } from './reed-solomon.ts';

export const FIRST_WINDOW_AUTHS: number = 4;
export const WINDOW_AUTHS: number = 16;
/** Most epochs that one window spans: the bits of its map. */
export const WINDOW_SPAN: number = 32;
const SIGNATURE_SYMBOLS = 11;
const HEADER_SYMBOLS = 2;

/** AUTH bodies of a window: 4 in window 0, else 16. */
export function windowAuths(window: number): number {
  return window === 0 ? FIRST_WINDOW_AUTHS : WINDOW_AUTHS;
}

/** K of a window's code. */
export function checkpointK(auths: number): number {
  return auths + HEADER_SYMBOLS + SIGNATURE_SYMBOLS;
}

/** Frame type by window parity. */
export function checkpointType(window: number): FrameType {
  return window % 2 === 0 ? FrameType.CKPT0 : FrameType.CKPT1;
}

export type CheckpointFields = {
  /** Epoch of the first body, 1 to 65535. */
  readonly windowStart: number;
  /** 32 bits; the most significant one stands for `windowStart`. */
  readonly presenceMap: number;
  /** 6 bytes. */
  readonly previousHash: Uint8Array;
  /** 4 or 16 bodies of 6 bytes, as they were sent. */
  readonly bodies: readonly Uint8Array[];
};

export type Checkpoint = CheckpointFields & {
  readonly signature: Uint8Array;
  /** The data symbols in order, without the two zero bytes at the end: 100 bytes for 4 bodies, 172 for 16. */
  readonly bytes: Uint8Array;
  /** SHA-256 of `bytes`; the next checkpoint names its first 6 bytes. */
  readonly hash: Uint8Array;
};

export type CheckpointVerdict = { readonly ok: true } | { readonly ok: false; readonly code: 'checkpoint-bad-signature' };

function signedBytes(fields: CheckpointFields, cardHash: Uint8Array): Uint8Array {
  return concat('utc1', cardHash, u16(fields.windowStart), u32(fields.presenceMap), fields.previousHash, ...fields.bodies);
}

/** Epochs whose bodies the window holds, in order. */
export function checkpointEpochs(fields: Pick<CheckpointFields, 'windowStart' | 'presenceMap'>): number[] {
  const epochs: number[] = [];
  for (let i = 0; i < WINDOW_SPAN; i++) if ((fields.presenceMap >>> (31 - i)) & 1) epochs.push(fields.windowStart + i);
  return epochs;
}

/** Symbol number of an epoch's AUTH in this window, or −1 when the map leaves it out. */
export function authSymbolIndex(fields: Pick<CheckpointFields, 'windowStart' | 'presenceMap'>, epoch: number): number {
  return checkpointEpochs(fields).indexOf(epoch);
}

/** Signs a window. Throws `checkpoint-malformed`. */
export function createCheckpoint(
  fields: CheckpointFields,
  cardHash: Uint8Array,
  sign: (message: Uint8Array) => Uint8Array,
): Checkpoint {
  if (fields.previousHash.length !== 6 || fields.bodies.some((body) => body.length !== SYMBOL_BYTES)) {
    throw new TokenError('checkpoint-malformed', 'field length');
  }
  const signature = sign(signedBytes(fields, cardHash));
  return parseCheckpoint(
    concat(...fields.bodies, u16(fields.windowStart), u32(fields.presenceMap), fields.previousHash, signature),
  );
}

/** Reads the 100 or 172 bytes without checking the signature. Throws `checkpoint-malformed`. */
export function parseCheckpoint(input: Uint8Array): Checkpoint {
  const auths = (input.length - 12 - 64) / SYMBOL_BYTES;
  if (auths !== FIRST_WINDOW_AUTHS && auths !== WINDOW_AUTHS)
    throw new TokenError('checkpoint-malformed', `${input.length} bytes`);
  const bytes = input.slice();
  const at = auths * SYMBOL_BYTES;
  const windowStart = readUint(bytes, at, 2);
  const presenceMap = readUint(bytes, at + 2, 4);
  const bodies = Array.from({ length: auths }, (_, i) => bytes.slice(6 * i, 6 * i + 6));
  const present = checkpointEpochs({ windowStart, presenceMap }).length;
  if (windowStart === 0 || presenceMap < 0x80000000 || present > auths) throw new TokenError('checkpoint-malformed', 'map');
  // An unused body that isn't zero would be signed bytes with no meaning.
  if (bodies.slice(present).some((body) => body.some((byte) => byte !== 0)))
    throw new TokenError('checkpoint-malformed', 'unused body');
  return {
    windowStart,
    presenceMap,
    previousHash: bytes.slice(at + 6, at + 12),
    bodies,
    signature: bytes.slice(at + 12),
    bytes,
    hash: sha256(bytes),
  };
}

/** The K data symbols. */
export function checkpointSymbols(checkpoint: Pick<Checkpoint, 'bytes'>): Uint8Array[] {
  const padded = concat(checkpoint.bytes, new Uint8Array(2));
  return Array.from({ length: padded.length / SYMBOL_BYTES }, (_, i) => padded.slice(6 * i, 6 * i + 6));
}

/** Body of the CKPT frame with this counter: symbol `index` of the code word, n ≤ index ≤ 31. */
export function checkpointSymbol(checkpoint: Pick<Checkpoint, 'bytes'>, index: number): Uint8Array {
  return rsEncode(checkpointSymbols(checkpoint), index);
}

/** Reassembles decoded data symbols; `null` when they can't be a checkpoint. Verify the result: a wrong decoding looks like any other. */
export function checkpointFromSymbols(symbols: readonly Uint8Array[]): Checkpoint | null {
  const all = concat(...symbols);
  if (symbols.length < 1 || all[all.length - 1] !== 0 || all[all.length - 2] !== 0) return null;
  try {
    return parseCheckpoint(all.slice(0, -2));
  } catch (error) {
    if (error instanceof TokenError) return null;
    throw error;
  }
}

/** Whether the card's session key signed the window. */
export function verifyCheckpoint(checkpoint: Checkpoint, card: Pick<Card, 'cardHash' | 'sessionKey'>): CheckpointVerdict {
  const good = ed25519Verify(
    checkpoint.signature,
    signedBytes(parseCheckpoint(checkpoint.bytes), card.cardHash),
    card.sessionKey,
  );
  return good ? { ok: true } : { ok: false, code: 'checkpoint-bad-signature' };
}

/** Whether `next` names `previous` as the checkpoint before it; `previous` is `null` for the first. */
export function checkpointFollows(next: Checkpoint, previous: Checkpoint | null): boolean {
  return constantTimeEqual(next.previousHash, previous === null ? new Uint8Array(6) : previous.hash.slice(0, 6));
}
