/** Everything together: the identity side, the engine, the calls, and what operators ask. */
import { readFile } from 'node:fs/promises';
import { type IssuerKey, parseTrust, publicJwk, type TrustStore } from '@undertone/token';
import { startOperator } from './channel/operator.ts';
import { ServerError } from './errors.ts';
import { createLogger } from './logging.ts';
import { type GivenOptions, parseOptions } from './options.ts';
import { type Server, startServer } from './server.ts';

/** Starts a server with everything that `undertone serve` has. Rejects with a ServerError. */
export async function serve(given: GivenOptions, issuer: IssuerKey): Promise<Server> {
  const options = parseOptions(given);
  const logger = createLogger(options.logLevel);
  const { agent, host, channelPort, home, tlsCert, tlsKey, database, data, callers, resolvers, audience } = options;
  const trust = await readTrust(issuer, options.trust);
  const identity = await startOperator({
    issuer,
    database: database === undefined ? { folder: `${data}/database` } : { url: database },
    host,
    port: channelPort,
    ...(home === undefined ? {} : { home }),
    ...(tlsCert !== undefined && tlsKey !== undefined ? { tls: { cert: tlsCert, key: tlsKey } } : {}),
    onNotice: (code, detail) => logger.warn({ code, detail }, 'identity side'),
  });
  const callerTrust = { trust, resolvers: [identity.url, ...resolvers], ...(audience === undefined ? {} : { audience }) };
  try {
    return await startServer(given, {
      identity,
      logger,
      ...(callers === 'verify' ? { callerTrust } : {}),
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
