/** Inclusion and consistency proofs: made as RFC 6962 §2.1.1 and §2.1.2, checked as RFC 9162 §2.1.3.2 and §2.1.4.2. */
import { constantTimeEqual } from '../bytes.ts';
import { TokenError } from '../errors.ts';
import { HASH_BYTES, MAX_TREE_SIZE, nodeHash, type ReadHash, rangeHash } from './merkle.ts';

/** Longest proof: two hashes for each level. */
export const MAX_PROOF_HASHES: number = 2 * 48;

function isSize(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= MAX_TREE_SIZE;
}

/** Largest power of two below `n`, n ≥ 2. */
function split(n: number): number {
  let k = 1;
  while (2 * k < n) k *= 2;
  return k;
}

/** Hashes from the leaf's sibling to the root's child. Throws `bad-argument` unless 0 ≤ index < size. */
export async function inclusionProof(index: number, size: number, read: ReadHash): Promise<Uint8Array[]> {
  if (!isSize(size) || !Number.isInteger(index) || index < 0 || index >= size) throw new TokenError('bad-argument', 'index');
  const proof: Uint8Array[] = [];
  let start = 0;
  let end = size;
  while (end - start > 1) {
    const middle = start + split(end - start);
    if (index < middle) {
      proof.unshift(await rangeHash(middle, end, read));
      end = middle;
    } else {
      proof.unshift(await rangeHash(start, middle, read));
      start = middle;
    }
  }
  return proof;
}

/** Shows that the first `first` entries of a tree of `second` are the tree of `first`. Throws `bad-argument` unless 0 < first ≤ second. */
export async function consistencyProof(first: number, second: number, read: ReadHash): Promise<Uint8Array[]> {
  if (!isSize(second) || !Number.isInteger(first) || first < 1 || first > second) throw new TokenError('bad-argument', 'sizes');
  const proof: Uint8Array[] = [];
  let start = 0;
  let end = second;
  while (first !== end) {
    const middle = start + split(end - start);
    if (first <= middle) {
      proof.unshift(await rangeHash(middle, end, read));
      end = middle;
    } else {
      proof.unshift(await rangeHash(start, middle, read));
      start = middle;
    }
  }
  // The old root itself is known to the verifier where it is a complete subtree.
  if (start > 0) proof.unshift(await rangeHash(start, end, read));
  return proof;
}

/** Whether the leaf stands at this index of the tree with this root. Never throws. */
export function verifyInclusion(
  leaf: Uint8Array,
  index: number,
  size: number,
  proof: readonly Uint8Array[],
  root: Uint8Array,
): boolean {
  if (!isSize(size) || !Number.isInteger(index) || index < 0 || index >= size || proof.length > MAX_PROOF_HASHES) return false;
  if (leaf.length !== HASH_BYTES || proof.some((hash) => hash.length !== HASH_BYTES)) return false;
  let node = index;
  let last = size - 1;
  let hash = leaf;
  for (const sibling of proof) {
    if (last === 0) return false;
    if (node % 2 === 1 || node === last) {
      hash = nodeHash(sibling, hash);
      // A right edge that has no sibling for some levels is carried up as it is.
      while (node % 2 === 0 && node !== 0) [node, last] = [node / 2, Math.floor(last / 2)];
    } else hash = nodeHash(hash, sibling);
    [node, last] = [Math.floor(node / 2), Math.floor(last / 2)];
  }
  return last === 0 && constantTimeEqual(hash, root);
}

/** Whether the tree with `secondRoot` extends the one with `firstRoot`; an empty tree is extended by all. Never throws. */
export function verifyConsistency(
  first: number,
  second: number,
  firstRoot: Uint8Array,
  secondRoot: Uint8Array,
  proof: readonly Uint8Array[],
): boolean {
  if (!isSize(first) || !isSize(second) || first > second || proof.length > MAX_PROOF_HASHES) return false;
  if (proof.some((hash) => hash.length !== HASH_BYTES)) return false;
  if (first === 0) return proof.length === 0;
  if (first === second) return proof.length === 0 && constantTimeEqual(firstRoot, secondRoot);
  let node = first - 1;
  let last = second - 1;
  while (node % 2 === 1) [node, last] = [Math.floor(node / 2), Math.floor(last / 2)];
  // The old tree is one complete subtree: its root is where the path begins.
  const path = node === 0 ? [firstRoot, ...proof] : [...proof];
  const seed = path.shift();
  if (seed === undefined) return false;
  let older = seed;
  let newer = seed;
  for (const hash of path) {
    if (last === 0) return false;
    if (node % 2 === 1 || node === last) {
      older = nodeHash(hash, older);
      newer = nodeHash(hash, newer);
      while (node % 2 === 0 && node !== 0) [node, last] = [node / 2, Math.floor(last / 2)];
    } else newer = nodeHash(newer, hash);
    [node, last] = [Math.floor(node / 2), Math.floor(last / 2)];
  }
  return last === 0 && constantTimeEqual(older, firstRoot) && constantTimeEqual(newer, secondRoot);
}
