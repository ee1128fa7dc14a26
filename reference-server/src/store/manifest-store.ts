/** C2PA manifests in the database, by identifier and by locator. */
import type { Database } from './database.ts';

export class ManifestStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async put(manifestId: string, locator: Uint8Array, body: Uint8Array): Promise<void> {
    await this.#database.query(
      'insert into manifest (manifest_id, locator, body) values ($1, $2, $3) on conflict (manifest_id) do nothing',
      [manifestId, locator, body],
    );
  }

  /** Identifiers of the manifests that a locator leads to. */
  async byLocator(locator: Uint8Array, most: number): Promise<string[]> {
    const rows = await this.#database.query<{ manifest_id: string }>(
      'select manifest_id from manifest where locator = $1 order by manifest_id limit $2',
      [locator, most],
    );
    return rows.map((row) => row.manifest_id);
  }

  async get(manifestId: string): Promise<Uint8Array | null> {
    const rows = await this.#database.query<{ body: Uint8Array }>('select body from manifest where manifest_id = $1', [
      manifestId,
    ]);
    return rows[0]?.body ?? null;
  }
}
