/**
 * Program: the embedded database. Postgres in WebAssembly (PGlite) behind a Unix socket in its own folder, so that several
 * processes use it as they would use a server. Ends when the process that started it does.
 *
 * Argument: the folder. Tells its parent `{ ready: true }` or `{ failed: code, message }`.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { createConnection, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';
import { socketPath } from './embedded.ts';

/** Connections of all processes together; PGlite runs one statement at a time. */
const MAX_CONNECTIONS = 64;
/** How long a database that another process is just leaving is waited for. */
const LEAVING_MS = 15_000;

const folder = process.argv[2];

/** Whether somebody listens at a socket; a socket left behind by a killed process refuses. */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createConnection(path);
    probe.on('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.on('error', () => resolve(false));
  });
}

/** Two PGlites in one folder would destroy it: whoever holds this socket is the only one. */
async function lock(path: string): Promise<Server> {
  for (let waited = 0; ; waited += 100) {
    const server = createServer((connection) => connection.destroy());
    const held = await new Promise<boolean>((resolve) => {
      server.on('error', () => resolve(false));
      server.listen(path, () => resolve(true));
    });
    if (held) return server;
    if (!(await answers(path))) rmSync(path, { force: true });
    else if (waited >= LEAVING_MS) throw Object.assign(new Error(`another process uses ${folder}`), { code: 'store-locked' });
    else await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

try {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const held = await lock(join(folder, 'lock'));
  const database = await PGlite.create(join(folder, 'data'));
  const path = socketPath(folder);
  rmSync(path, { force: true });
  const server = new PGLiteSocketServer({ db: database, path, maxConnections: MAX_CONNECTIONS });
  await server.start();
  const stop = async (): Promise<void> => {
    await server.stop();
    await database.close();
    held.close();
    process.exit(0);
  };
  process.on('disconnect', stop);
  process.on('SIGTERM', stop);
  // A terminal's Ctrl-C reaches the whole group; the parent decides when its database goes.
  process.on('SIGINT', () => {});
  process.send?.({ ready: true });
} catch (error) {
  const { code = 'store-unavailable', message } = error as { code?: string; message: string };
  process.send?.({ failed: code, message });
  process.exitCode = 1;
  process.disconnect?.();
}
