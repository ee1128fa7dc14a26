/** The issuer's public documents in the database: status changes, every status token that was signed, the directory. */
import type { Database } from './database.ts';

/** How cards stand now. */
export interface Statuses {
  /** Rises with every change. */
  readonly revision: number;
  /** Statuses that are not 0, by index. */
  readonly values: ReadonlyMap<number, number>;
  /** One more than the highest index given out. */
  readonly size: number;
}

export class IssuerStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** An index that no card has yet. */
  async nextIndex(): Promise<number> {
    const [{ index }] = await this.#database.query<{ index: number }>(`select nextval('status_index')::integer as index`);
    return index;
  }

  /** Changes a card's status, unless a change that was signed later is known. @returns whether it was changed */
  async change(index: number, value: number, signedAtMs: number): Promise<boolean> {
    const rows = await this.#database.query(
      `insert into status (status_index, value, signed_at)
       select $1, $2, $3 where not exists (select from status where status_index = $1 and signed_at >= $3) returning revision`,
      [index, value, signedAtMs],
    );
    return rows.length > 0;
  }

  async statuses(): Promise<Statuses> {
    const rows = await this.#database.query<{ status_index: number; value: number; revision: number }>(
      `select distinct on (status_index) status_index, value, revision from status order by status_index, revision desc`,
    );
    const [{ size }] = await this.#database.query<{ size: number }>(
      'select coalesce(max(status_index) + 1, 0)::integer as size from session',
    );
    return {
      revision: Math.max(0, ...rows.map((row) => row.revision)),
      values: new Map(rows.filter(({ value }) => value !== 0).map((row) => [row.status_index, row.value])),
      size,
    };
  }

  /** Status changes so far. */
  async revision(): Promise<number> {
    const [{ revision }] = await this.#database.query<{ revision: number }>(
      'select coalesce(max(revision), 0)::integer as revision from status',
    );
    return revision;
  }

  async putStatusToken(issuedAt: number, token: string): Promise<void> {
    await this.#database.query(
      'insert into status_token (issued_at, token) values ($1, $2) on conflict (issued_at) do update set token = excluded.token',
      [issuedAt, token],
    );
  }

  /** Tells one signed list from another; null when none was signed yet. */
  async newestToken(): Promise<string | null> {
    const rows = await this.#database.query<{ tag: string }>(
      'select md5(token) as tag from status_token order by issued_at desc limit 1',
    );
    return rows[0]?.tag ?? null;
  }

  /** Which of these cards are not valid now, by their hashes. */
  async revoked(cardHashes: readonly Uint8Array[]): Promise<Uint8Array[]> {
    const rows = await this.#database.query<{ card_hash: Uint8Array }>(
      `select card_hash from session where card_hash = any($1::bytea[])
       and (select value from status where status.status_index = session.status_index order by revision desc limit 1) <> 0`,
      [cardHashes],
    );
    return rows.map((row) => row.card_hash);
  }

  /** The token that was newest at a time, seconds since 1970. */
  async statusToken(atSeconds: number): Promise<string | null> {
    const rows = await this.#database.query<{ token: string }>(
      'select token from status_token where issued_at <= $1 order by issued_at desc limit 1',
      [atSeconds],
    );
    return rows[0]?.token ?? null;
  }

  async putDirectory(updated: number, body: string): Promise<void> {
    await this.#database.query(
      'insert into directory (updated, body) values ($1, $2) on conflict (updated) do update set body = excluded.body',
      [updated, body],
    );
  }

  /** The newest directory, as JSON. */
  async directory(): Promise<string | null> {
    const rows = await this.#database.query<{ body: string }>('select body from directory order by updated desc limit 1');
    return rows[0]?.body ?? null;
  }
}
