/** Postgres, whether the embedded one or a server: the same SQL goes to both through one driver. */
import pg from 'pg';
import { ServerError } from '../errors.ts';

/** Longest wait for one statement, ms. */
const STATEMENT_MS = 10_000;

export interface Database {
  /** Runs one statement. Rejects with `store-unavailable` when the database can't be reached or does not answer. */
  query<T>(sql: string, values?: readonly unknown[]): Promise<T[]>;
  close(): Promise<void>;
}

/** Where a database is: a URL, or the folder of an embedded one's socket. */
export type DatabaseAddress = { readonly url: string } | { readonly socketFolder: string };

/** SQLSTATE classes that mean the statement itself is wrong, so that trying again is no use. */
const STATEMENT_FAULTS = new Set(['22', '23', '42']);

/** Opens a pool of connections; none is made before the first statement. */
export function openDatabase(address: DatabaseAddress, connections = 4): Database {
  const where = 'url' in address ? { connectionString: address.url } : embeddedConfig(address.socketFolder);
  const pool = new pg.Pool({
    ...where,
    max: connections,
    connectionTimeoutMillis: STATEMENT_MS,
    query_timeout: STATEMENT_MS,
    application_name: 'undertone',
  });
  // A connection that breaks while idle is replaced at the next statement, which reports it if it can't be.
  pool.on('error', () => {});
  return {
    async query<T>(sql: string, values: readonly unknown[] = []): Promise<T[]> {
      try {
        // Without values the simple protocol is used, which takes several statements and runs them as one transaction.
        const result = await (values.length === 0 ? pool.query(sql) : pool.query(sql, [...values]));
        return (Array.isArray(result) ? [] : result.rows) as T[];
      } catch (error) {
        const code = String((error as { code?: unknown }).code ?? '');
        if (STATEMENT_FAULTS.has(code.slice(0, 2))) throw error;
        throw new ServerError('store-unavailable', error instanceof Error ? error.message : String(error));
      }
    },
    close: () => pool.end(),
  };
}

function embeddedConfig(socketFolder: string): pg.PoolConfig {
  return { host: socketFolder, user: 'postgres', database: 'postgres' };
}
