/** Everything together: the identity side, the engine, the calls, and what operators ask. */
import { readFile } from 'node:fs/promises';
import { createChannelClient, type WebSocketConstructor } from '@undertone/channel';
import { type IssuerKey, parseTrust, publicJwk, type TrustStore } from '@undertone/token';
import { WebSocket } from 'ws';
import type { CallerTrust } from './call/caller.ts';
import { type Operator, startOperator } from './channel/operator.ts';
import { ServerError } from './errors.ts';
import { createLogger } from './logging.ts';
import { type GivenOptions, parseOptions, type ServerOptions } from './options.ts';
import { type Server, startServer } from './server.ts';

/** Starts a server with everything that `undertone serve` has. Rejects with a ServerError. */
export async function serve(given: GivenOptions, issuer: IssuerKey): Promise<Server> {
  const options = parseOptions(given);
  const logger = createLogger(options.logLevel);
  const { trust, agent } = options;
  const store = await readTrust(issuer, trust);
  const { host, channelPort, home, tlsCert, tlsKey, database, data } = options;
  const identity = await startOperator({
    issuer,
    database: database === undefined ? { folder: `${data}/database` } : { url: database },
    host,
    port: channelPort,
    ...(home === undefined ? {} : { home }),
    ...(tlsCert !== undefined && tlsKey !== undefined ? { tls: { cert: tlsCert, key: tlsKey } } : {}),
    onNotice: (code, detail) => logger.warn({ code, detail }, 'identity side'),
  });
  try {
    return await startServer(given, {
      identity,
      logger,
      ...(options.callers === 'verify' ? { callerTrust: callerTrust(options, store, identity) } : {}),
      routes: (app) => {
        app.get('/api/agent', async () => ({ agent, channel: identity.url, issuer: publicJwk(issuer) }));
      },
    });
  } catch (error) {
    await identity.close();
    throw error;
  }
}

async function readTrust(issuer: IssuerKey, files: readonly string[]): Promise<TrustStore> {
  const stores = [parseTrust(publicJwk(issuer))];
  for (const file of files) {
    try {
      stores.push(parseTrust(JSON.parse(await readFile(file, 'utf8'))));
    } catch (error) {
      throw new ServerError('server-bad-option', `trust: ${file}: ${(error as Error).message}`);
    }
  }
  const known = new Set<string>();
  const keys = stores.flatMap((s) => s.keys).filter(({ kid }) => !known.has(kid) && known.add(kid));
  return { keys };
}

function callerTrust({ resolvers, audience }: ServerOptions, trust: TrustStore, { url }: Operator): CallerTrust {
  const channel = createChannelClient({
    resolvers: [url, ...resolvers].map((at) => ({ url: at })),
    // Node 20 has none of its own.
    WebSocket: WebSocket as unknown as WebSocketConstructor,
  });
  return { trust, channel, ...(audience === undefined ? {} : { audience }) };
}
