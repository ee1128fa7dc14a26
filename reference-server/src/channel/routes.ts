/** The questions of the verification channel over HTTPS. Every answer is msgpack or JSON, as the verifier asks. */
import { createChannelClient, encodeWire, type FeedPage, MAX_PAGE_ITEMS, WIRE_TYPES, type WireFormat } from '@undertone/channel';
import { fromHex, MAX_CHALLENGE_BYTES, MIN_CHALLENGE_BYTES, serializeSessionRecord, TIME_NONCE_BYTES } from '@undertone/token';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { SessionStore, StoredSession } from '../store/session-store.ts';
import { storedRecord } from '../store/stored-record.ts';
import type { MediaLink } from './media-link.ts';

/** Header of a question that another server of the fleet passed on; it is not passed on again. */
const RELAYED = 'undertone-relayed';

/** A question to whoever speaks under a card. */
interface AboutSpeech {
  Params: { card: string };
  Querystring: { nonce: string };
}

/** Bytes of a body that says nothing: a nonce stands in the query. */
const MAX_UNREAD_BODY = 1024;

/** What the routes need. */
export interface ChannelContext {
  readonly store: SessionStore;
  readonly link: MediaLink;
  /** Address of this server in its fleet. */
  readonly home: () => string;
}

function answer(request: FastifyRequest, reply: FastifyReply, value: object): FastifyReply {
  const format: WireFormat = request.headers.accept?.includes(WIRE_TYPES.msgpack) ? 'msgpack' : 'json';
  const body = encodeWire(value, format);
  return reply
    .header('content-type', WIRE_TYPES[format])
    .header('cache-control', 'no-store')
    .send(typeof body === 'string' ? body : Buffer.from(body));
}

function refuse(reply: FastifyReply, status: number, code: string): FastifyReply {
  return reply.code(status).send({ error: code });
}

const hexText = (least: number, most: number = least): object => ({
  type: 'string',
  pattern: `^(?:[0-9a-f]{2}){${least},${most}}$`,
});
const cardParams = { type: 'object', required: ['card'], properties: { card: hexText(32) } };

/** Adds the channel's routes. */
export function channelRoutes(app: FastifyInstance, { store, link, home }: ChannelContext): void {
  app.get<{ Querystring: { locator: string } }>(
    '/v1/sessions',
    { schema: { querystring: { type: 'object', required: ['locator'], properties: { locator: hexText(6) } } } },
    async (request, reply) => {
      const sessions = await store.byLocator(fromHex(request.query.locator));
      return answer(request, reply, { sessions: sessions.map(described) });
    },
  );

  app.get<{ Params: { card: string } }>('/v1/sessions/:card', { schema: { params: cardParams } }, async (request, reply) => {
    const session = await store.byCard(fromHex(request.params.card));
    return session ? answer(request, reply, described(session)) : refuse(reply, 404, 'session-unknown');
  });

  const after = { type: 'integer', minimum: 0, maximum: 0x7fffffff, default: 0 };
  app.get<{ Params: { card: string }; Querystring: { after: number } }>(
    '/v1/sessions/:card/feed',
    { schema: { params: cardParams, querystring: { type: 'object', properties: { after } } } },
    async (request, reply) => {
      const session = await store.byCard(fromHex(request.params.card));
      if (!session) return refuse(reply, 404, 'session-unknown');
      const items = await store.after([{ cardHash: session.cardHash, after: request.query.after }]);
      const page: FeedPage = { items: items.map(({ item }) => item), more: items.length === MAX_PAGE_ITEMS };
      return answer(request, reply, page);
    },
  );

  app.get<{ Params: { card: string } }>(
    '/v1/sessions/:card/record',
    { schema: { params: cardParams } },
    async (request, reply) => {
      const record = await storedRecord(store, fromHex(request.params.card));
      return record ? reply.send(serializeSessionRecord(record)) : refuse(reply, 404, 'session-unknown');
    },
  );

  /** Asks the server that speaks under a card, this one or another of the fleet. */
  const askSpeaking = async (request: FastifyRequest<AboutSpeech>, reply: FastifyReply, what: 'time' | 'challenge') => {
    const session = await store.byCard(fromHex(request.params.card));
    if (!session) return refuse(reply, 404, 'session-unknown');
    if (session.home === null) return refuse(reply, 404, 'session-not-speaking');
    const here = session.home === home();
    if (!here && request.headers[RELAYED] !== undefined) return refuse(reply, 508, 'channel-relay-loop');
    const value = await (here ? link : relayed(session.home))[what](session.cardHash, fromHex(request.query.nonce));
    return value ? answer(request, reply, value) : refuse(reply, 404, 'session-not-speaking');
  };
  const withNonce = (nonce: object): object => ({
    params: cardParams,
    querystring: { type: 'object', required: ['nonce'], properties: { nonce } },
  });

  app.get<AboutSpeech>('/v1/sessions/:card/time', { schema: withNonce(hexText(TIME_NONCE_BYTES)) }, (request, reply) =>
    askSpeaking(request, reply, 'time'),
  );

  app.post<AboutSpeech>(
    '/v1/sessions/:card/challenge',
    { schema: withNonce(hexText(MIN_CHALLENGE_BYTES, MAX_CHALLENGE_BYTES)), bodyLimit: MAX_UNREAD_BODY },
    (request, reply) => askSpeaking(request, reply, 'challenge'),
  );
}

function described({ card, claims }: StoredSession): object {
  return { card, claims: JSON.parse(claims) as unknown };
}

/** The server that speaks under a card: only it can sign with the session's key, and answer in the voice. */
function relayed(url: string): ReturnType<typeof createChannelClient> {
  return createChannelClient({
    resolvers: [{ url }],
    fetch: (input, init) => fetch(input, { ...init, headers: { ...init?.headers, [RELAYED]: '1' } }),
  });
}
