/** The embedded database, for whoever has no Postgres: started beside the server, in a process of its own. */
import { join } from 'node:path';
import { ServerError } from '../errors.ts';
import { type Supervised, supervise } from '../supervise.ts';

/** The socket that Postgres drivers look for in a folder. */
export function socketPath(folder: string): string {
  return join(folder, '.s.PGSQL.5432');
}

/** Longest path of a Unix socket that every system takes. */
const MAX_SOCKET_PATH = 103;

/** Starts the embedded database in a folder of its own, or rejects with `store-locked`, `store-unavailable` or `server-bad-option`. */
export function startEmbedded(folder: string, onRestart?: (cause: string) => void): Promise<Supervised> {
  if (socketPath(folder).length > MAX_SOCKET_PATH)
    throw new ServerError('server-bad-option', `the data folder's path is too long for a socket: ${folder}`);
  return supervise({ program: 'store/embedded-main', args: [folder], ...(onRestart ? { onRestart } : {}) });
}
