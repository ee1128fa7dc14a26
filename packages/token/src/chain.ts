/**
 * The key chain: one 96-bit key per slot, each the truncated hash of the next, so that a disclosed key gives all
 * earlier ones and none later (TESLA, protocol page §4).
 *
 * K[i−1] = SHA-256("ut1 chain" ‖ session public key ‖ u32(i) ‖ K[i])[0..12]. K_0 stands in the card and is never used.
 */
import { concat, constantTimeEqual, u32 } from './bytes.ts';
import { type CardFields, MAX_SLOTS } from './card.ts';
import { SLOT_MS } from './clock.ts';
import { hmacSha256, sha256 } from './crypto.ts';
import { TokenError } from './errors.ts';

export const CHAIN_KEY_BYTES: number = 12;

/** One step down: K[slot−1] from K[slot]. */
export function chainStep(key: Uint8Array, slot: number, sessionKey: Uint8Array): Uint8Array {
  return sha256('ut1 chain', sessionKey, u32(slot), key).slice(0, CHAIN_KEY_BYTES);
}

/** The operator's chain, all keys held; 12 bytes a slot. */
export type Chain = {
  readonly slots: number;
  /** K_0, for the card. */
  readonly root: Uint8Array;
  /** K_0 … K_slots one after the other: a secret. */
  readonly keys: Uint8Array;
  /** K_s for s = 1 … slots. Throws `chain-slot`. */
  keyForSlot(slot: number): Uint8Array;
};

function checkSlot(slot: number, slots: number): void {
  if (!Number.isInteger(slot) || slot < 1 || slot > slots) throw new TokenError('chain-slot', `slot ${slot} of ${slots}`);
}

/** Builds the chain from a secret seed of at least 16 bytes: K[slots] is the truncated hash of the seed. */
export function createChain(seed: Uint8Array, slots: number, sessionKey: Uint8Array): Chain {
  if (seed.length < 16) throw new TokenError('bad-argument', 'the seed needs 16 bytes');
  if (!Number.isInteger(slots) || slots < 1 || slots > MAX_SLOTS) throw new TokenError('chain-slot', `${slots} slots`);
  const keys = new Uint8Array((slots + 1) * CHAIN_KEY_BYTES);
  let key: Uint8Array = sha256('ut1 chain end', sessionKey, seed).slice(0, CHAIN_KEY_BYTES);
  for (let slot = slots; slot >= 0; slot--) {
    keys.set(key, slot * CHAIN_KEY_BYTES);
    if (slot > 0) key = chainStep(key, slot, sessionKey);
  }
  return heldChain(keys);
}

/** The chain with these keys, which are not checked. */
export function heldChain(keys: Uint8Array): Chain {
  const slots = keys.length / CHAIN_KEY_BYTES - 1;
  return {
    slots,
    root: keys.slice(0, CHAIN_KEY_BYTES),
    keys,
    keyForSlot(slot: number): Uint8Array {
      checkSlot(slot, slots);
      return keys.slice(slot * CHAIN_KEY_BYTES, (slot + 1) * CHAIN_KEY_BYTES);
    },
  };
}

/** A slot and its key, already trusted. */
export type ChainAnchor = { readonly slot: number; readonly key: Uint8Array };

/** Whether `key` of `slot` hashes down to the anchor, which must be the same or an earlier slot. At most 65535 steps. */
export function verifyKey(key: Uint8Array, slot: number, anchor: ChainAnchor, sessionKey: Uint8Array): boolean {
  const steps = slot - anchor.slot;
  if (!Number.isInteger(slot) || !Number.isInteger(steps) || anchor.slot < 0 || steps < 0 || slot > MAX_SLOTS) return false;
  if (key.length !== CHAIN_KEY_BYTES || anchor.key.length !== CHAIN_KEY_BYTES) return false;
  let walked = key;
  for (let at = slot; at > anchor.slot; at--) walked = chainStep(walked, at, sessionKey);
  return constantTimeEqual(walked, anchor.key);
}

/** The verifier's side: grows from K_0 with every key that fits, and gives back all keys up to the newest. */
export class ChainVerifier {
  readonly slots: number;
  private readonly sessionKey: Uint8Array;
  /** Verified keys, index = slot; index 0 is K_0. */
  private readonly verified: Uint8Array[];

  constructor(root: Uint8Array, sessionKey: Uint8Array, slots: number) {
    if (root.length !== CHAIN_KEY_BYTES || sessionKey.length !== 32)
      throw new TokenError('bad-argument', 'chain root or session key');
    this.slots = slots;
    this.sessionKey = sessionKey.slice();
    this.verified = [root.slice()];
  }

  /** Newest slot whose key is verified; 0 at the start. */
  get newestSlot(): number {
    return this.verified.length - 1;
  }

  /** Checks a key and remembers it if it fits. A slot outside the card's span never fits. */
  accept(slot: number, key: Uint8Array): boolean {
    if (!Number.isInteger(slot) || slot < 1 || slot > this.slots || key.length !== CHAIN_KEY_BYTES) return false;
    if (slot <= this.newestSlot) return constantTimeEqual(key, this.verified[slot]);
    const fresh = new Map<number, Uint8Array>();
    let walked: Uint8Array = key.slice();
    for (let at = slot; at > this.newestSlot; at--) {
      fresh.set(at, walked);
      walked = chainStep(walked, at, this.sessionKey);
    }
    if (!constantTimeEqual(walked, this.verified[this.newestSlot])) return false;
    for (let at = this.newestSlot + 1; at <= slot; at++) this.verified.push(fresh.get(at) as Uint8Array);
    return true;
  }

  /** K_s if it is known, else `null`. */
  keyForSlot(slot: number): Uint8Array | null {
    return slot >= 1 && slot <= this.newestSlot ? this.verified[slot].slice() : null;
  }
}

/** Subkey for one purpose: HMAC-SHA-256(K, label ‖ card hash ‖ u32(index)). */
export function subkey(key: Uint8Array, label: string, cardHash: Uint8Array, index: number): Uint8Array {
  return hmacSha256(key, label, cardHash, u32(index));
}

/** The 64 mask bits of a slot's sealed lane: HMAC-SHA-256(K_s, "ut1 seal" ‖ card hash ‖ u32(s))[0..8]. */
export function sealMask(key: Uint8Array, cardHash: Uint8Array, slot: number): Uint8Array {
  return hmacSha256(key, concat('ut1 seal', cardHash, u32(slot))).slice(0, 8);
}

/** D_s: K_s leaves the encoder by no path before this time, ms since 1970. */
export function disclosureTimeMs(card: Pick<CardFields, 't0Ms' | 'delaySeconds'>, slot: number): number {
  return card.t0Ms + SLOT_MS * slot + card.delaySeconds * 1000;
}
