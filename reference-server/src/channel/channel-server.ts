/** The verification channel's server: HTTPS for questions, WebSocket for feeds. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { ChannelError } from '@undertone/channel';
import fastify, { type FastifyInstance } from 'fastify';
import { type WebSocket, WebSocketServer } from 'ws';
import { ServerError } from '../errors.ts';
import type { IssuerStore } from '../store/issuer-store.ts';
import type { SessionStore } from '../store/session-store.ts';
import { Hub } from './hub.ts';
import type { ChannelReady, ChannelSetup } from './link.ts';
import type { MediaLink } from './media-link.ts';
import { channelRoutes } from './routes.ts';
import { formatOf, MAX_COMMAND_BYTES, serveSocket } from './socket.ts';
import { StatusFeed } from './status-feed.ts';

/** Connections that follow feeds at once. */
const MAX_CONNECTIONS = 4096;

/** How long followers have to take what was sent and close, ms. */
const GOODBYE_MS = 2000;

async function goodbye(socket: WebSocket): Promise<void> {
  const closed = once(socket, 'close');
  socket.close(1001);
  // One that breaks off is gone as well.
  await closed.catch(() => {});
}

export interface ChannelServer {
  readonly ready: ChannelReady;
  /** A feed has grown. */
  grown(cardHash: Uint8Array): void;
  close(): Promise<void>;
}

/** What the server stands on. */
export interface ChannelServerContext {
  readonly store: SessionStore;
  readonly issuer: IssuerStore;
  readonly link: MediaLink;
  /** Adds what else is public at this address. */
  readonly routes?: (app: FastifyInstance) => void;
  readonly onError: (error: unknown) => void;
}

/** Starts listening. */
export async function startChannelServer(setup: ChannelSetup, context: ChannelServerContext): Promise<ChannelServer> {
  let home = '';
  const app = fastify({
    https: setup.tls,
    bodyLimit: 1 << 17,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 512 },
  });
  // Verifiers run in pages of any origin, and nothing here depends on who asks.
  app.addHook('onRequest', async (_, reply) => {
    reply.header('access-control-allow-origin', '*');
  });
  app.options('/*', (_, reply) =>
    reply
      .header('access-control-allow-methods', 'GET, POST')
      .header('access-control-allow-headers', 'accept, content-type')
      .code(204)
      .send(),
  );
  app.setNotFoundHandler((_, reply) => reply.code(404).send({ error: 'not-found' }));
  app.setErrorHandler((error: Error & { statusCode?: number }, _, reply) => {
    if (error instanceof ServerError || error instanceof ChannelError) return reply.code(503).send({ error: error.code });
    if (error.statusCode !== undefined && error.statusCode < 500)
      return reply.code(error.statusCode).send({ error: 'bad-request', message: error.message });
    context.onError(error);
    return reply.code(500).send({ error: 'internal' });
  });
  channelRoutes(app, { ...context, home: () => home });
  context.routes?.(app);

  const hub = new Hub(context.store, context.onError);
  const statuses = new StatusFeed(context.issuer, context.onError);
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_COMMAND_BYTES,
    perMessageDeflate: false,
    handleProtocols: (offered) => [...offered].find((name) => formatOf(name) !== null) ?? false,
  });
  app.server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => {});
    const wrong = request.url?.split('?')[0] !== '/v1/channel';
    if (wrong || sockets.clients.size >= MAX_CONNECTIONS)
      return socket.end(`HTTP/1.1 ${wrong ? '404 Not Found' : '503 Service Unavailable'}\r\nconnection: close\r\n\r\n`);
    sockets.handleUpgrade(request, socket, head, (connection) => {
      const format = formatOf(connection.protocol);
      if (format === null) connection.close(1002, 'channel-bad-subprotocol');
      else serveSocket(connection, format, { hub, statuses, byCard: (card) => context.store.byCard(card) });
    });
  });

  await app.listen({ host: setup.host, port: setup.port });
  const { port } = app.server.address() as AddressInfo;
  home = setup.home ?? `${setup.tls ? 'https' : 'http'}://${setup.host.includes(':') ? `[${setup.host}]` : setup.host}:${port}`;
  return {
    ready: { port, home },
    grown: (cardHash) => hub.grown(cardHash),
    async close() {
      await hub.close();
      statuses.close();
      await Promise.race([Promise.all([...sockets.clients].map(goodbye)), sleep(GOODBYE_MS, null, { ref: false })]);
      await app.close();
    },
  };
}
