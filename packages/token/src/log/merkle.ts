/** The Merkle tree of RFC 6962 §2.1 over SHA-256, kept as its complete subtrees. */
import { sha256 } from '../crypto.ts';
import { TokenError } from '../errors.ts';

export const HASH_BYTES: number = 32;
/** Largest tree: sizes stay exact integers with room to spare. */
export const MAX_TREE_SIZE: number = 2 ** 48;
const MAX_TREE_LEVEL = 48;

/** SHA-256(0x00 ‖ entry). */
export function leafHash(entry: Uint8Array): Uint8Array {
  return sha256(Uint8Array.of(0), entry);
}

/** SHA-256(0x01 ‖ left ‖ right). */
export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  return sha256(Uint8Array.of(1), left, right);
}

/** Root of the tree without entries. */
export function emptyRoot(): Uint8Array {
  return sha256();
}

/**
 * Gives the hash of a complete subtree: that of the entries index · 2^level … (index + 1) · 2^level − 1. A log reads it from its
 * store, a client from tiles that it fetched.
 */
export type ReadHash = (level: number, index: number) => Uint8Array | Promise<Uint8Array>;

export type Subtree = { readonly level: number; readonly index: number };

/** Complete subtrees that make up the entries from `start` to `end`, in order; `start` must be a multiple of the first one's size. */
export function subtrees(start: number, end: number): Subtree[] {
  const out: Subtree[] = [];
  let at = start;
  for (let level = MAX_TREE_LEVEL; level >= 0; level--) {
    const size = 2 ** level;
    if (end - at >= size) {
      out.push({ level, index: at / size });
      at += size;
    }
  }
  return out;
}

/** MTH(D[start:end]) as RFC 6962 writes it. */
export async function rangeHash(start: number, end: number, read: ReadHash): Promise<Uint8Array> {
  const parts = await Promise.all(subtrees(start, end).map(({ level, index }) => read(level, index)));
  return parts.length === 0 ? emptyRoot() : parts.reduceRight((right, left) => nodeHash(left, right));
}

/** A tree in memory that only grows; `read` serves proofs and tiles. */
export class MerkleTree {
  /** Hashes of complete subtrees by level. */
  readonly #levels: Uint8Array[][] = [[]];

  get size(): number {
    return this.#levels[0].length;
  }

  /** Adds an entry's leaf hash. @returns its index */
  append(leaf: Uint8Array): number {
    if (leaf.length !== HASH_BYTES) throw new TokenError('bad-argument', 'a leaf hash has 32 bytes');
    const index = this.size;
    let hash: Uint8Array = leaf.slice();
    for (let level = 0; ; level++) {
      if (this.#levels.length === level) this.#levels.push([]);
      const hashes = this.#levels[level];
      hashes.push(hash);
      if (hashes.length % 2 === 1) return index;
      hash = nodeHash(hashes[hashes.length - 2], hash);
    }
  }

  /** Throws `bad-argument` outside the tree. */
  read(level: number, index: number): Uint8Array {
    const hash = this.#levels[level]?.[index];
    if (hash === undefined) throw new TokenError('bad-argument', `no subtree ${level}/${index}`);
    return hash.slice();
  }

  /** Root of the first `size` entries; default all. */
  root(size: number = this.size): Promise<Uint8Array> {
    return rangeHash(0, size, (level, index) => this.read(level, index));
  }
}
