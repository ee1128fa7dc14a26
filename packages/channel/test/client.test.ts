import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type ChannelClient,
  type ChannelCommand,
  type ChannelMessage,
  createChannelClient,
  decodeWire,
  encodeWire,
  readCommand,
  type WebSocketConstructor,
} from '@undertone/channel';
import { createSession, generateIssuerKey, hex, randomBytes, type Session } from '@undertone/token';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';

const issuer = generateIssuerKey('Test Issuer');
const session = (): Session => createSession({ issuer, agent: 'concierge', t0Ms: Date.now(), durationSeconds: 60 });
const running: { close(): void }[] = [];
afterEach(() => {
  for (const server of running.splice(0)) server.close();
});

/** A resolver that answers what a test wants. */
async function resolver(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  socket?: (command: ChannelCommand, send: (message: ChannelMessage) => void, drop: () => void) => void,
): Promise<string> {
  const server: Server = createServer(answer);
  const sockets = new WebSocketServer({ server, handleProtocols: (offered) => [...offered][0] });
  sockets.on('connection', (connection) => {
    const send = (message: ChannelMessage): void => connection.send(encodeWire(message, 'msgpack'));
    connection.on('message', (data) =>
      socket?.(readCommand(decodeWire(data as Buffer, 'msgpack')), send, () => connection.terminate()),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  running.push({
    close: () => {
      for (const connection of sockets.clients) connection.terminate();
      server.closeAllConnections();
      server.close();
    },
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const json = (value: object) => (_: IncomingMessage, response: ServerResponse) =>
  response.setHeader('content-type', 'application/json').end(encodeWire(value, 'json'));
const knows = (...sessions: Session[]): Promise<string> =>
  resolver(json({ sessions: sessions.map(({ card, claims }) => ({ card: card.bytes, claims })) }));
const dead = 'http://127.0.0.1:9';

function client(...urls: (string | { url: string; kids: string[] })[]): ChannelClient {
  const made = createChannelClient({
    resolvers: urls.map((url) => (typeof url === 'string' ? { url } : url)),
    WebSocket: WebSocket as unknown as WebSocketConstructor,
    format: 'json',
    timeoutMs: 2000,
  });
  running.push(made);
  return made;
}

describe('asking several resolvers for a locator', () => {
  it('unites what they know, each card once, and goes on without those that fail', async () => {
    const mine = session();
    const found = await client(dead, await knows(mine), await knows(mine)).resolve(mine.locator);
    expect(found.map(({ card }) => hex(card))).toEqual([hex(mine.card.bytes)]);
  });
  it('says so when none of them answers, which is not the same as not found', async () => {
    const nobody = client(await knows());
    expect(await nobody.resolve(randomBytes(6))).toEqual([]);
    await expect(client(dead).resolve(randomBytes(6))).rejects.toMatchObject({ code: 'channel-unreachable' });
  });
  it('takes no card that the locator does not name, and none of an issuer for which the resolver may not speak', async () => {
    const mine = session();
    const other = session();
    expect(await client(await knows(other)).resolve(mine.locator)).toEqual([]);
    expect(await client({ url: await knows(mine), kids: ['00000000'] }).resolve(mine.locator)).toEqual([]);
    expect(await client({ url: await knows(mine), kids: [issuer.kid] }).resolve(mine.locator)).toHaveLength(1);
  });
  it.each([
    ['channel-too-large', (_: IncomingMessage, response: ServerResponse) => response.end(new Uint8Array(2 ** 20 + 1))],
    ['channel-malformed', (_: IncomingMessage, response: ServerResponse) => response.end('{')],
    ['channel-bad-message', (_: IncomingMessage, response: ServerResponse) => response.end('{"sessions":[{"card":"AA"}]}')],
    ['channel-refused', (_: IncomingMessage, response: ServerResponse) => response.writeHead(500).end()],
    ['channel-unreachable', (_: IncomingMessage, response: ServerResponse) => response.writeHead(302, { location: '/' }).end()],
    ['channel-unreachable', () => {}],
  ])('names what is wrong with an answer: %s', async (code, answer) => {
    await expect(client(await resolver(answer)).resolve(randomBytes(6))).rejects.toMatchObject({ code });
  });
  it('refuses options that can not work', () => {
    for (const url of ['', 'ftp://example.org', 'not a url'])
      expect(() => client(url)).toThrow(expect.objectContaining({ code: 'channel-bad-option' }));
    expect(() => client()).toThrow(expect.objectContaining({ code: 'channel-bad-option' }));
  });
});

describe('following a session', () => {
  const key = (id: number, seq: number): ChannelMessage => ({
    type: 'key',
    id,
    seq,
    slot: seq,
    key: new Uint8Array(12).fill(seq),
  });
  const heard = (channel: ChannelClient, cardHash: Uint8Array, until: number): Promise<number[]> =>
    new Promise((resolve) => {
      const slots: number[] = [];
      channel.subscribe(cardHash, {
        record: () => {},
        key: (slot) => {
          slots.push(slot);
          if (slot === until) resolve(slots);
        },
      });
    });

  it('goes on where it was after the connection was lost, and tells nothing twice', async () => {
    const asked: number[] = [];
    const url = await resolver(json({}), (command, send, drop) => {
      if (command.type !== 'follow') return;
      asked.push(command.after);
      // The server repeats an item that was seen, as after an answer that was lost.
      for (const seq of [command.after, command.after + 1, command.after + 2]) if (seq > 0) send(key(command.id, seq));
      if (asked.length < 3) setTimeout(drop, 20);
    });
    const channel = createChannelClient({
      resolvers: [{ url }],
      WebSocket: WebSocket as unknown as WebSocketConstructor,
    });
    running.push(channel);
    expect(await heard(channel, randomBytes(32), 6)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(asked).toEqual([0, 2, 4]);
  });
  it('listens no further to a connection that sends rubbish, and tries again', async () => {
    let connections = 0;
    const url = await resolver(json({}), (command, send) => {
      if (command.type !== 'follow') return;
      if (++connections === 1) send({ type: 'rubbish' } as unknown as ChannelMessage);
      send(key(command.id, connections));
    });
    const channel = createChannelClient({ resolvers: [{ url }], WebSocket: WebSocket as unknown as WebSocketConstructor });
    running.push(channel);
    expect(await heard(channel, randomBytes(32), 2)).toEqual([2]);
  });
  it('tells why a resolver can not serve a session', async () => {
    const url = await resolver(json({}), (command, send) => send({ type: 'error', id: command.id, code: 'session-unknown' }));
    const channel = createChannelClient({ resolvers: [{ url }], WebSocket: WebSocket as unknown as WebSocketConstructor });
    running.push(channel);
    const code = await new Promise((resolve) =>
      channel.subscribe(randomBytes(32), { record: () => {}, key: () => {}, refused: resolve }),
    );
    expect(code).toBe('session-unknown');
  });
});
