/** What operators and orchestrators ask: is it alive, is it ready, how does it fare? */
import type { FastifyInstance } from 'fastify';
import type { Metrics } from '../metrics.ts';

export interface OperationsOptions {
  readonly metrics: Metrics;
  /** Whether a new call would be taken. */
  readonly ready: () => boolean;
}

export function operations(app: FastifyInstance, { metrics, ready }: OperationsOptions): void {
  app.get('/healthz', async () => ({ status: 'alive' }));
  app.get('/readyz', async (_request, reply) => {
    const ok = ready();
    return reply.code(ok ? 200 : 503).send({ status: ok ? 'ready' : 'not-ready' });
  });
  app.get('/metrics', async (_request, reply) => reply.type(metrics.registry.contentType).send(await metrics.registry.metrics()));
}
