/** What an issuer publishes, and what it is asked over HTTPS. Every document is signed; this process only hands it out. */
import { base64url } from '@undertone/token';
import { DIRECTORY_MEDIA_TYPE, DIRECTORY_PATH } from '@undertone/token/directory';
import { STATUS_TOKEN_MEDIA_TYPE } from '@undertone/token/status';
import type { FastifyInstance } from 'fastify';
import type { MediaLink } from '../channel/media-link.ts';
import { operatorNowMs } from '../clock.ts';
import { ServerError } from '../errors.ts';
import type { IssuerStore } from '../store/issuer-store.ts';
import { CARD_TOKEN_TYPE, TOKEN_EXCHANGE } from './card-request.ts';
import { STATUS_TTL_S } from './status-lists.ts';

/** Adds the issuer's routes. */
export function issuerRoutes(app: FastifyInstance, store: IssuerStore, link: MediaLink): void {
  app.get(DIRECTORY_PATH, async (_, reply) => {
    const directory = await store.directory();
    if (directory === null) return reply.code(404).send({ error: 'not-found' });
    return reply.type(DIRECTORY_MEDIA_TYPE).header('cache-control', 'max-age=300').send(directory);
  });

  const time = { type: 'integer', minimum: 0, maximum: 2 ** 31 - 1 };
  app.get<{ Querystring: { time?: number } }>(
    '/v1/status',
    { schema: { querystring: { type: 'object', properties: { time } } } },
    async (request, reply) => {
      const asked = request.query.time ?? Math.floor(operatorNowMs() / 1000);
      const token = await store.statusToken(asked);
      if (token === null) return reply.code(404).send({ error: 'status-unknown' });
      return reply.type(STATUS_TOKEN_MEDIA_TYPE).header('cache-control', `max-age=${STATUS_TTL_S}`).send(token);
    },
  );

  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_, body, done) =>
    done(null, Object.fromEntries(new URLSearchParams(String(body)))),
  );
  app.post<{ Body: Record<string, string> }>('/v1/token', async (request, reply) => {
    reply.header('cache-control', 'no-store');
    const { body } = request;
    const fail = (error: string, description: string) => reply.code(400).send({ error, error_description: description });
    if (typeof body !== 'object' || body === null) return fail('invalid_request', 'a form is needed');
    if (body.grant_type !== TOKEN_EXCHANGE) return fail('unsupported_grant_type', `only ${TOKEN_EXCHANGE}`);
    try {
      const { card, claims } = await link.exchange(body);
      // A card is no bearer token: it is worth nothing without the session key.
      return { access_token: base64url(card), issued_token_type: CARD_TOKEN_TYPE, token_type: 'N_A', claims };
    } catch (error) {
      if (!(error instanceof ServerError)) throw error;
      if (error.code === 'issuer-bad-request') return fail('invalid_request', error.message);
      if (error.code === 'issuer-refused') return fail('invalid_grant', error.message);
      throw error;
    }
  });

  app.post('/v1/status', async (request, reply) => {
    try {
      await link.status(request.body);
      return reply.code(204).send();
    } catch (error) {
      if (!(error instanceof ServerError)) throw error;
      const status = { 'issuer-bad-request': 400, 'issuer-refused': 403, 'session-unknown': 404 }[error.code as string];
      if (status === undefined) throw error;
      return reply.code(status).send({ error: error.code, message: error.message });
    }
  });
}
