/** The log's tree in memory, grown from the database. */
import { leafHash, MerkleTree } from '@undertone/token/log';
import type { LogStore } from '../store/log-store.ts';

export class GrowingTree {
  readonly tree: MerkleTree = new MerkleTree();
  readonly #store: Pick<LogStore, 'leaves'>;
  #growing: Promise<void> = Promise.resolve();

  constructor(store: Pick<LogStore, 'leaves'>) {
    this.#store = store;
  }

  /** Reads leaves until the tree has at least `size`, or all that there are. */
  grow(size: number = Infinity): Promise<void> {
    const grown = this.#growing.then(async () => {
      while (this.tree.size < size) {
        const leaves = await this.#store.leaves(this.tree.size);
        if (leaves.length === 0) return;
        for (const { entry } of leaves) this.tree.append(leafHash(entry));
      }
    });
    this.#growing = grown.catch(() => {});
    return grown;
  }
}
