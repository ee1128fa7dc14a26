/**
 * The C2PA soft binding resolution API: from a locator that was heard to C2PA manifests. A match is a claim and no more: what it
 * proves, the manifest's own signature and the verifier decide.
 */
import { fromBase64url, fromHex } from '@undertone/token';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { MediaLink } from '../channel/media-link.ts';
import { ServerError } from '../errors.ts';
import type { ManifestStore } from '../store/manifest-store.ts';
import { activeManifest, MAX_MANIFEST_BYTES } from './manifest-store-file.ts';

/** The soft binding's name in C2PA's list of algorithms. */
export const SOFT_BINDING_ALG: string = 'undertone.locator.1';
const C2PA = 'application/c2pa';
/** Header of a registration: the issuer's signature in base64url. */
const SIGNATURE_HEADER = 'undertone-signature';
const LOCATOR_BYTES = 6;

interface Binding {
  readonly alg: string;
  readonly value: string;
}

const maxResults = { type: 'integer', minimum: 1, maximum: 1000, default: 10 };
const binding = {
  type: 'object',
  required: ['alg', 'value'],
  properties: { alg: { type: 'string', maxLength: 256 }, value: { type: 'string', maxLength: 4096 } },
};

/** Adds the resolution API under `/v1`. */
export function resolveRoutes(app: FastifyInstance, store: ManifestStore, link: MediaLink): void {
  const answer = async (reply: FastifyReply, { alg, value }: Binding, most: number): Promise<FastifyReply> => {
    const locator = Buffer.from(value, 'base64');
    if (alg !== SOFT_BINDING_ALG || locator.length !== LOCATOR_BYTES) return reply.code(400).send({ error: 'bad-request' });
    const found = await store.byLocator(locator, most);
    return reply.send({ matches: found.map((manifestId) => ({ manifestId })) });
  };
  const paging = { type: 'object', properties: { maxResults } };
  app.post<{ Body: Binding; Querystring: { maxResults: number } }>(
    '/v1/matches/byBinding',
    { schema: { body: binding, querystring: paging } },
    (request, reply) => answer(reply, request.body, request.query.maxResults),
  );
  app.get<{ Querystring: Binding & { maxResults: number } }>(
    '/v1/matches/byBinding',
    { schema: { querystring: { ...binding, properties: { ...binding.properties, maxResults } } } },
    (request, reply) => answer(reply, request.query, request.query.maxResults),
  );

  const returnActiveManifest = { type: 'boolean', default: false };
  app.get<{ Params: { id: string }; Querystring: { returnActiveManifest: boolean } }>(
    '/v1/manifests/:id',
    { schema: { querystring: { type: 'object', properties: { returnActiveManifest } } } },
    async (request, reply) => {
      const body = await store.get(request.params.id);
      if (body === null) return reply.code(404).send({ error: 'not-found' });
      return reply.type(C2PA).send(Buffer.from(request.query.returnActiveManifest ? activeManifest(body).alone : body));
    },
  );
  app.get('/v1/services/supportedAlgorithms', async () => ({ watermarks: [{ alg: SOFT_BINDING_ALG }], fingerprints: [] }));

  app.addContentTypeParser(C2PA, { parseAs: 'buffer', bodyLimit: MAX_MANIFEST_BYTES }, (_, body, done) => done(null, body));
  app.post<{ Body: Uint8Array; Querystring: { locator: string } }>(
    '/v1/manifests',
    {
      bodyLimit: MAX_MANIFEST_BYTES,
      schema: {
        querystring: {
          type: 'object',
          required: ['locator'],
          properties: { locator: { type: 'string', pattern: '^[0-9a-f]{12}$' } },
        },
      },
    },
    async (request, reply) => {
      try {
        if (!(request.body instanceof Uint8Array)) throw new ServerError('manifest-malformed', `the body must be ${C2PA}`);
        const manifestId = await link.manifest({
          locator: fromHex(request.query.locator),
          manifest: request.body,
          signature: signatureOf(request.headers[SIGNATURE_HEADER]),
        });
        return await reply.code(201).send({ manifestId });
      } catch (error) {
        if (!(error instanceof ServerError)) throw error;
        const status = { 'issuer-refused': 403, 'manifest-malformed': 400 }[error.code as string];
        if (status === undefined) throw error;
        return reply.code(status).send({ error: error.code, message: error.message });
      }
    },
  );
}

function signatureOf(header: unknown): Uint8Array {
  try {
    return fromBase64url(String(header ?? ''));
  } catch {
    return new Uint8Array();
  }
}
