/** Who may connect, how much a caller may send, and how a server ends. */
import { afterEach, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { Ticker } from '../src/call/ticker.ts';
import { OpusOut } from '../src/media/opus-out.ts';
import { level, sleep, Talker, type TestServer, testServer, until } from './support.ts';

let server: TestServer;
afterEach(() => server.close());

/** The status with which a connection is refused, or 101. */
function status(url: URL, headers: Record<string, string> = {}): Promise<number> {
  return new Promise((resolve) => {
    const socket = new WebSocket(url, { headers });
    socket.on('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0));
    socket.on('error', () => {});
    socket.on('open', () => {
      socket.terminate();
      resolve(101);
    });
  });
}
const closing = (socket: WebSocket): Promise<string> =>
  new Promise((resolve) => socket.on('close', (_code, reason) => resolve(reason.toString())));
async function open(url: URL): Promise<WebSocket> {
  const socket = new WebSocket(url);
  await new Promise((resolve, reject) => socket.once('message', resolve).once('error', reject));
  return socket;
}

it('lets in bearers of a token and pages of its own or allowed origins, and nobody else', async () => {
  server = await testServer({ tokens: ['a-token-of-some-length'], origins: ['https://friend.example'] });
  const url = server.chatUrl();
  const bearer = { Authorization: 'Bearer a-token-of-some-length' };
  expect(await status(url)).toBe(401);
  expect(await status(url, { Authorization: 'Bearer a-token-of-some-lengtH' })).toBe(401);
  expect(await status(url, bearer)).toBe(101);
  expect(await status(server.chatUrl('worker_auth_id=a-token-of-some-length'))).toBe(101);
  expect(await status(url, { ...bearer, Origin: 'https://evil.example' })).toBe(403);
  expect(await status(url, { ...bearer, Origin: 'https://friend.example' })).toBe(101);
  expect(await status(url, { ...bearer, Origin: server.url })).toBe(101);
  expect(await status(new URL('/api/other', url), bearer)).toBe(404);
  expect(await status(server.chatUrl('text_topk=none'), bearer)).toBe(400);
});

it('refuses the call too many, and says when it is ready', async () => {
  server = await testServer({ maxCalls: 1 });
  const ready = async (): Promise<number> => (await fetch(`${server.url}/readyz`)).status;
  expect(await ready()).toBe(200);
  const first = await open(server.chatUrl());
  expect(await status(server.chatUrl())).toBe(503);
  expect(await ready()).toBe(503);
  first.close();
  for (let i = 0; i < 100 && (await ready()) !== 200; i++) await sleep(100);
  expect(await ready()).toBe(200);
  expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
});

it('counts for Prometheus what it did: calls, packets and their times, frames by what became of the mark', async () => {
  server = await testServer();
  const talker = await Talker.call(server.chatUrl());
  await until(() => talker.frames.length > 60);
  // What became of the mark is counted every few seconds.
  let text = '';
  while (!text.includes('frames_total{')) {
    await sleep(200);
    text = await (await fetch(`${server.url}/metrics`)).text();
  }
  talker.hangUp();
  const value = (name: string): number =>
    Number(new RegExp(`^undertone_${name.replace(/[{}"]/g, '\\$&')} (\\S+)$`, 'm').exec(text)?.[1]);
  expect(value('calls')).toBe(1);
  expect(value('packet_seconds_count')).toBeGreaterThan(40);
  expect(value('packet_seconds_sum')).toBeGreaterThan(0);
  expect(value('packet_lateness_seconds_count')).toBe(value('packet_seconds_count'));
  expect(value('frames_total{mark="carried"}') + value('frames_total{mark="quiet"}')).toBeGreaterThan(20);
  expect(value('frames_total{mark="unmarked"}') || 0).toBe(0);
});

it('ends only the call that breaks the rules, with the code of the rule', async () => {
  server = await testServer();
  const neighbour = await Talker.call(server.chatUrl());
  const breaks = async (messages: (Uint8Array | Buffer)[]): Promise<string> => {
    const socket = await open(server.chatUrl());
    const reason = closing(socket);
    for (const message of messages) socket.send(message);
    return reason;
  };
  const opus = await OpusOut.open({ bitrate: 32000, complexity: 0 });
  const page = (): Buffer => Buffer.concat([Uint8Array.of(1), opus.push(new Float32Array(960))]);
  const first = page();
  expect(await breaks([Uint8Array.of(3, 9)])).toBe('chat-malformed');
  expect(await breaks([Buffer.from('\x01not an Ogg page')])).toBe('chat-bad-audio');
  expect(await breaks([first, ...Array.from({ length: 1000 }, page)])).toBe('chat-too-fast');
  expect(await breaks(Array.from({ length: 1000 }, () => Uint8Array.of(6)))).toBe('chat-too-fast');
  const heard = neighbour.frames.length;
  expect(await until(() => neighbour.frames.length > heard + 12)).toBe(true);
  expect(neighbour.ended).toBeNull();
  neighbour.hangUp();
});

it('lets calls end by themselves when it is stopped, and then ends them', async () => {
  server = await testServer({ drainSeconds: 2 });
  const talker = await Talker.call(server.chatUrl());
  const closed = server.close();
  await sleep(300);
  expect(await status(server.chatUrl())).toBe(503);
  const frames = talker.frames.length;
  expect(await until(() => talker.frames.length > frames + 5)).toBe(true);
  await closed;
  expect(await until(() => talker.ended !== null)).toBe(true);
  expect(talker.ended).toBe('server-draining');
});

it('relays an upstream server, marked', async () => {
  const upstream = await testServer({ agent: 'upstream' });
  server = await testServer({ engine: 'relay', upstream: upstream.chatUrl().href, agent: 'marked' });
  const talker = await Talker.call(server.chatUrl('metadata=1'));
  expect(await until(() => talker.text.includes('Hello, this is Robin.'))).toBe(true);
  expect(talker.frames.some((frame) => level(frame) > 0.02)).toBe(true);
  expect(talker.metadata[0]).toMatchObject({ type: 'session', claims: { agent: 'marked' } });
  await upstream.close();
  expect(await until(() => talker.ended !== null)).toBe(true);
  expect(talker.errors[0]).toMatch(/^engine-unavailable/);
});

it('ticks as often as time has passed, also after a stall, and lets others have their turn', async () => {
  server = await testServer();
  let ticks = 0;
  let turns = 0;
  const ticker = new Ticker(10, () => ticks++);
  ticker.start();
  const others = setInterval(() => turns++, 0);
  for (const end = performance.now() + 200; performance.now() < end; );
  const stalled = ticks;
  expect(await until(() => ticks >= 20)).toBe(true);
  expect(stalled).toBeLessThanOrEqual(4);
  expect(turns).toBeGreaterThan(0);
  ticker.stop();
  clearInterval(others);
});
