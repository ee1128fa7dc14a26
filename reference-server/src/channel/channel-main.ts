/**
 * Program: the verification channel's process. It holds neither session keys nor undisclosed slot keys: it reads the database,
 * where a key stands from its disclosure on, and asks the media's process to sign the time and to answer nonces. Ends when that process does.
 */
import { readFile } from 'node:fs/promises';
import { issuerRoutes } from '../issuer/issuer-routes.ts';
import { logRoutes } from '../log/log-routes.ts';
import { resolveRoutes } from '../resolve/resolve-routes.ts';
import { openDatabase } from '../store/database.ts';
import { IssuerStore } from '../store/issuer-store.ts';
import { LogStore } from '../store/log-store.ts';
import { ManifestStore } from '../store/manifest-store.ts';
import { SessionStore } from '../store/session-store.ts';
import { startChannelServer } from './channel-server.ts';
import type { ChannelSetup, Fed, Reply } from './link.ts';
import { MediaLink } from './media-link.ts';

const send = (message: object): void => {
  if (process.connected) process.send?.(message, undefined, undefined, () => {});
};

async function main({ setup }: { setup: ChannelSetup }): Promise<void> {
  const database = openDatabase(setup.database);
  const link = new MediaLink(send);
  const issuer = new IssuerStore(database);
  const tls = setup.tls && { key: await readFile(setup.tls.key, 'utf8'), cert: await readFile(setup.tls.cert, 'utf8') };
  const server = await startChannelServer(
    { ...setup, tls },
    {
      store: new SessionStore(database),
      issuer,
      link,
      routes: (app) => {
        issuerRoutes(app, issuer, link);
        logRoutes(app, new LogStore(database));
        resolveRoutes(app, new ManifestStore(database), link);
      },
      onError: (error) => send({ problem: error instanceof Error ? error.message : String(error) }),
    },
  );
  process.on('message', (message: Fed | Reply) => {
    if ('fed' in message) server.grown(message.fed);
    else link.take(message);
  });
  const stop = async (): Promise<void> => {
    await server.close();
    await database.close();
    process.exit(0);
  };
  process.on('disconnect', stop);
  process.on('SIGTERM', stop);
  process.on('SIGINT', () => {});
  send({ ready: server.ready });
}

process.once('message', (message: { setup: ChannelSetup }) => {
  main(message).catch((error: Error & { code?: string }) => {
    send({ failed: error.code ?? 'store-unavailable', message: error.message });
    process.exitCode = 1;
    process.disconnect?.();
  });
});
