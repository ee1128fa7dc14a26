/**
 * What AUTH and KEY frames say.
 *
 * AUTH body: `state 2 | digest 22 | tag 24`. The tag is the first 24 bits of
 * HMAC-SHA-256(subkey(K, "ut1 auth", card hash, epoch), "ut1 tag" ‖ card hash ‖ u32(epoch) ‖ state byte ‖ digest, 3 bytes),
 * K being the key of the last slot that its frame could last to (`authKeySlot`).
 */
import { concat, constantTimeEqual, readUint, u32 } from './bytes.ts';
import { subkey } from './chain.ts';
import { epochOfSlot, slotOfPart } from './clock.ts';
import { hmacSha256 } from './crypto.ts';
import { TokenError } from './errors.ts';
import { COUNTERS, FRAME_SHAPES } from './frame.ts';

/** How the epoch went: spoken in full, interrupted by the caller, nothing voiced, or the session's last. */
export const AUTH_STATES: readonly AuthState[] = ['full', 'interrupted', 'void', 'end'];
export type AuthState = 'full' | 'interrupted' | 'void' | 'end';

export type AuthBody = {
  readonly state: AuthState;
  /** 22 bits as an integer. */
  readonly digest: number;
  /** 24 bits as an integer. */
  readonly tag: number;
};

export const DIGEST22_LIMIT: number = 2 ** 22;
export const TAG_BITS: number = 24;

function u24(value: number): Uint8Array {
  return u32(value).slice(1);
}

/** Tag of one epoch as an integer of 24 bits. */
export function authTag(key: Uint8Array, cardHash: Uint8Array, epoch: number, state: AuthState, digest: number): number {
  const code = AUTH_STATES.indexOf(state);
  if (code < 0) throw new TokenError('bad-argument', 'state');
  if (!Number.isInteger(digest) || digest < 0 || digest >= DIGEST22_LIMIT)
    throw new TokenError('bad-argument', 'digest has 22 bits');
  const macKey = subkey(key, 'ut1 auth', cardHash, epoch);
  return readUint(hmacSha256(macKey, 'ut1 tag', cardHash, u32(epoch), Uint8Array.of(code), u24(digest)), 0, 3);
}

/** The 6 body bytes of an AUTH frame. */
export function encodeAuth(key: Uint8Array, cardHash: Uint8Array, epoch: number, state: AuthState, digest: number): Uint8Array {
  const tag = authTag(key, cardHash, epoch, state, digest);
  return concat(u24(AUTH_STATES.indexOf(state) * DIGEST22_LIMIT + digest), u24(tag));
}

/** Splits an AUTH body, or `null` when it is not 6 bytes. */
export function decodeAuth(body: Uint8Array): AuthBody | null {
  if (body.length !== 6) return null;
  const head = readUint(body, 0, 3);
  return { state: AUTH_STATES[Math.floor(head / DIGEST22_LIMIT)], digest: head % DIGEST22_LIMIT, tag: readUint(body, 3, 3) };
}

/** The body's contents if its tag holds under this key for this epoch, else `null`. */
export function verifyAuth(body: Uint8Array, key: Uint8Array, cardHash: Uint8Array, epoch: number): AuthBody | null {
  const auth = decodeAuth(body);
  if (auth === null) return null;
  const expected = authTag(key, cardHash, epoch, auth.state, auth.digest);
  return constantTimeEqual(u24(expected), u24(auth.tag)) ? auth : null;
}

/** Slot whose key tags an AUTH whose frame begins with `firstPart`: the last one that the frame could last to. */
export function authKeySlot(firstPart: number): number {
  return slotOfPart(firstPart + FRAME_SHAPES.single.maxParts - 1);
}

/** Epoch that an AUTH counter means, the newest that was over before the frame's first part; `null` when there is none. */
export function resolveAuthCounter(ctr: number, firstPart: number, epochSlots: number): number | null {
  const newest = epochOfSlot(slotOfPart(firstPart), epochSlots) - 1;
  const epoch = newest - ((((newest - ctr) % COUNTERS) + COUNTERS) % COUNTERS);
  return epoch >= 1 ? epoch : null;
}

/** Slot that a KEY counter means, `heardIn` being the first slot of its frame: the newest earlier one that fits, or `null`. */
export function resolveKeyCounter(ctr: number, heardIn: number): number | null {
  const newest = heardIn - 1;
  const slot = newest - ((((newest - ctr) % COUNTERS) + COUNTERS) % COUNTERS);
  return slot >= 1 ? slot : null;
}
