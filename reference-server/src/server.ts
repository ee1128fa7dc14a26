/** The server: engine, calls, and the HTTP side around them. */
import type { AddressInfo } from 'node:net';
import fastify, { type FastifyInstance, LogController } from 'fastify';
import { Callers } from './callers/callers.ts';
import type { CallerTrust } from './callers/link.ts';
import { Calls } from './calls.ts';
import { Continuity } from './continuity/continuity.ts';
import type { Engine } from './engines/engine.ts';
import { createEngine } from './engines/index.ts';
import { ServerError } from './errors.ts';
import { Access } from './http/access.ts';
import { operations } from './http/operations.ts';
import { serveUpgrades, type UpgradeRoute } from './http/upgrades.ts';
import type { Identity } from './identity.ts';
import { Load } from './load.ts';
import { createLogger, type Logger } from './logging.ts';
import { Metrics } from './metrics.ts';
import { readReferences, readTls } from './option-files.ts';
import { type GivenOptions, parseOptions, type ServerOptions } from './options.ts';
import { defaultVoiceThreads, VoiceThreads } from './voice-threads/voice-threads.ts';

/** What the parts beside the media bring. */
export interface ServerParts {
  readonly identity: Identity;
  /** Whom to trust and where to ask about callers that are marked; absent: callers are not examined. */
  readonly callerTrust?: CallerTrust;
  /** In place of the engine that the options name. */
  readonly engine?: Engine;
  /** Further HTTP routes. */
  readonly routes?: (app: FastifyInstance) => void | Promise<void>;
  /** Further WebSocket paths. */
  readonly upgrades?: readonly UpgradeRoute[];
  /** Whether the parts are ready to serve. */
  readonly ready?: () => boolean;
  readonly logger?: Logger;
}

/** A running server. */
export interface Server {
  readonly options: ServerOptions;
  readonly port: number;
  /** Address with scheme, for HTTP. */
  readonly url: string;
  readonly metrics: Metrics;
  /** Takes no new calls, waits for those in progress as long as the options say, then ends everything. */
  close(): Promise<void>;
}

/** Longest HTTP body; nothing here needs a long one. */
const MAX_BODY_BYTES = 1 << 20;

/** Starts a server. Rejects with a {@link ServerError} `server-bad-option` or `engine-unavailable`. */
export async function startServer(given: GivenOptions, parts: ServerParts): Promise<Server> {
  const options = parseOptions(given);
  const logger = parts.logger ?? createLogger(options.logLevel);
  const metrics = new Metrics();
  const engine = parts.engine ?? (await createEngine(options));
  const { identity } = parts;
  const callers = parts.callerTrust ? new Callers(parts.callerTrust, logger, metrics) : null;
  const references = await readReferences(options.references);
  const { driftDistance } = options;
  const continuity = engine.drifts && driftDistance > 0 ? new Continuity(references, driftDistance, logger, metrics) : null;
  const voiceThreads = new VoiceThreads(options.voiceThreads ?? defaultVoiceThreads(), logger, metrics);
  const load = new Load(options.maxLateMs);
  const calls = new Calls(
    { engine, identity, callers, continuity, voiceThreads, load, metrics, logger, settings: options },
    options.maxCalls,
  );

  const app = await createApp(options, logger);
  operations(app, { metrics, ready: () => calls.accepting && (parts.ready?.() ?? true) });
  await parts.routes?.(app);
  serveUpgrades(app.server, [calls.route, ...(parts.upgrades ?? [])], new Access(options), metrics);
  await listen(app, options);
  const { port } = app.server.address() as AddressInfo;
  const url = `${options.tlsCert ? 'https' : 'http'}://${options.host.includes(':') ? `[${options.host}]` : options.host}:${port}`;

  return {
    options,
    port,
    url,
    metrics,
    async close() {
      logger.info({ calls: calls.size }, 'draining');
      await calls.drain(options.drainSeconds);
      app.server.closeAllConnections();
      await app.close();
      await engine.close();
      await callers?.close();
      await continuity?.close();
      await voiceThreads.close();
      await identity.close();
    },
  };
}

async function createApp(options: ServerOptions, logger: Logger): Promise<FastifyInstance> {
  const common = {
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: 10_000,
    forceCloseConnections: true,
  };
  const tls = await readTls(options);
  return (tls === null ? fastify(common) : fastify({ ...common, https: tls })) as unknown as FastifyInstance;
}

async function listen(app: FastifyInstance, { host, port }: ServerOptions): Promise<void> {
  try {
    await app.listen({ host, port, listenTextResolver: (address) => `listening on ${address}` });
  } catch (error) {
    throw new ServerError('server-bad-option', `port: ${(error as Error).message}`);
  }
}
