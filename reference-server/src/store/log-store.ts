/** The transparency log's leaves and signed tree heads in the database. */
import type { Database } from './database.ts';

/** Leaves read at a time. */
const PAGE = 4096;
/** Two servers may want the same place; each try that fails means that the other got on. */
const TRIES = 100;

/** A leaf and its place. */
export interface Leaf {
  readonly index: number;
  readonly entry: Uint8Array;
}

/** A signed tree head as a note, with whatever cosignatures it has. */
export interface StoredHead {
  readonly size: number;
  readonly note: string;
}

type LeafRow = { leaf_index: number; entry: Uint8Array };

export class LogStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Gives an entry its place, or finds the place that it has. Fulfilled when it is durable. */
  async append(entry: Uint8Array): Promise<void> {
    for (let i = 0; i < TRIES; i++) {
      const rows = await this.#database.query(
        `with added as (
           insert into log_leaf (leaf_index, entry) select coalesce(max(leaf_index) + 1, 0), $1::bytea from log_leaf
           on conflict do nothing returning leaf_index)
         select leaf_index from added union all select leaf_index from log_leaf where entry = $1::bytea`,
        [entry],
      );
      if (rows.length > 0) return;
    }
    throw new Error('the log does not take an entry');
  }

  /** Place of an entry; null when it was not logged. */
  async indexOf(entry: Uint8Array): Promise<number | null> {
    const rows = await this.#database.query<LeafRow>('select leaf_index, entry from log_leaf where entry = $1', [entry]);
    return rows[0]?.leaf_index ?? null;
  }

  /** Leaves from a place on, in order and without gaps; at most 4096. */
  async leaves(from: number): Promise<Leaf[]> {
    const rows = await this.#database.query<LeafRow>(
      'select leaf_index, entry from log_leaf where leaf_index >= $1 order by leaf_index limit $2',
      [from, PAGE],
    );
    return rows.map((row) => ({ index: row.leaf_index, entry: row.entry })).filter(({ index }, i) => index === from + i);
  }

  /** Stores a tree head; a note of the same size is replaced, by one with more cosignatures. */
  async putHead({ size, note }: StoredHead): Promise<void> {
    await this.#database.query(
      `insert into log_head (size, note) values ($1, $2)
       on conflict (size) do update set note = excluded.note where length(excluded.note) > length(log_head.note)`,
      [size, note],
    );
  }

  /** The largest tree head. */
  async head(): Promise<StoredHead | null> {
    const rows = await this.#database.query<StoredHead>('select size, note from log_head order by size desc limit 1');
    return rows[0] ?? null;
  }
}
