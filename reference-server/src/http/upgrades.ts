/** WebSocket connections: by path, from allowed places, within limits. */
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { ServerError, type ServerErrorCode } from '../errors.ts';
import type { Metrics } from '../metrics.ts';
import type { Access } from './access.ts';

/** One path's connections. */
export interface UpgradeRoute {
  readonly path: string;
  /** Longest message in bytes. */
  readonly maxPayload: number;
  /** Whether a bearer token is asked for where the server has any. */
  readonly guarded: boolean;
  /** Judges the query before the connection is made. @returns what is to be done with it. Throws {@link ServerError} to refuse it */
  accept(query: URLSearchParams): (socket: WebSocket) => void;
}

const STATUS: Partial<Record<ServerErrorCode, [number, string]>> = {
  'chat-bad-parameter': [400, 'Bad Request'],
  'access-denied': [401, 'Unauthorized'],
  'origin-denied': [403, 'Forbidden'],
  'not-found': [404, 'Not Found'],
};

/** Refuses a connection with a status and a JSON body. */
function refuse(stream: Duplex, error: ServerError): void {
  const [status, reason] = STATUS[error.code] ?? [503, 'Service Unavailable'];
  const body = JSON.stringify({ error: { code: error.code, message: error.message } });
  stream.end(
    `HTTP/1.1 ${status} ${reason}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

/** Answers the upgrade requests of a server. */
export function serveUpgrades(server: Server, routes: readonly UpgradeRoute[], access: Access, metrics: Metrics): void {
  const sockets = new Map(
    // Compression would cost much and gain nothing on Opus.
    routes.map((r) => [r.path, new WebSocketServer({ noServer: true, maxPayload: r.maxPayload, perMessageDeflate: false })]),
  );
  server.on('upgrade', (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    stream.on('error', () => stream.destroy());
    try {
      const url = new URL(request.url ?? '/', 'http://localhost');
      const route = routes.find((r) => r.path === url.pathname);
      if (!route) throw new ServerError('not-found', 'there is no such path');
      access.checkOrigin(request.headers);
      if (route.guarded) access.checkToken(request.headers, url.searchParams);
      const take = route.accept(url.searchParams);
      sockets.get(route.path)!.handleUpgrade(request, stream, head, take);
    } catch (error) {
      const known = error instanceof ServerError ? error : new ServerError('chat-malformed', 'not a WebSocket request');
      metrics.rejected.inc({ code: known.code });
      refuse(stream, known);
    }
  });
}
