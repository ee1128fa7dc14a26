/** Everything together: the identity side, the engine, the calls, and what operators ask. */
import { publicJwk } from '@undertone/token';
import { startOperator } from './channel/operator.ts';
import { page } from './http/page.ts';
import type { Keystore } from './issuer/keystore.ts';
import { createLogger } from './logging.ts';
import { readKeys, readTls, readTrust, witnessAddress } from './option-files.ts';
import { type GivenOptions, parseOptions } from './options.ts';
import { type Server, startServer } from './server.ts';

/** A server with all of its parts. */
export interface WholeServer extends Server {
  /** Address of the page; null when there is none. */
  readonly page: string | null;
}

/** Starts a server with everything that `undertone serve` has. Rejects with a ServerError. */
export async function serve(given: GivenOptions, keystore: Keystore): Promise<WholeServer> {
  const options = parseOptions(given);
  const logger = createLogger(options.logLevel);
  const { agent, host, channelPort, home, publicUrl, logOrigin, tlsCert, tlsKey, database, data, callers } = options;
  const { resolvers, audience } = options;
  const own = keystore.issuer.map(({ signer }) => publicJwk(signer));
  const trust = await readTrust(own, options.trust);
  // Before anything is started: a wrong file would show as a fault of the channel's process.
  await readTls(options);
  const identity = await startOperator({
    keystore,
    database: database === undefined ? { folder: `${data}/database` } : { url: database },
    host,
    port: channelPort,
    ...(home === undefined ? {} : { home }),
    ...(publicUrl === undefined ? {} : { publicUrl }),
    ...(logOrigin === undefined ? {} : { logOrigin }),
    witnesses: options.witnesses.map(witnessAddress),
    authorisationKeys: await readKeys(options.authorisation),
    ...(tlsCert !== undefined && tlsKey !== undefined ? { tls: { cert: tlsCert, key: tlsKey } } : {}),
    onNotice: (code, detail) => logger.warn({ code, detail }, 'identity side'),
  });
  const callerTrust = { trust, resolvers: [identity.url, ...resolvers], ...(audience === undefined ? {} : { audience }) };
  let paged = false;
  try {
    const server = await startServer(given, {
      identity,
      logger,
      ...(callers === 'verify' ? { callerTrust } : {}),
      routes: async (app) => {
        const channel = publicUrl ?? identity.url;
        const needsToken = options.tokens.length > 0;
        app.get('/api/agent', async () => ({ agent, channel, issuer: own.at(-1), needsToken }));
        if (options.page) paged = await page(app, channel);
      },
    });
    return { ...server, page: paged ? `${server.url}/` : null };
  } catch (error) {
    await identity.close();
    throw error;
  }
}
