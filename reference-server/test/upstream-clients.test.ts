/** Upstream's clients: what they send is understood, and what they are sent they understand. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { OpusIn } from '../src/media/opus-in.ts';
import { level, sleep, speech, type TestServer, testServer, until } from './support.ts';
import { fujielabMessages, moshiMessages, WEB_QUERY, webMessages } from './upstream-messages.ts';

let server: TestServer;
let voice: Float32Array;
beforeAll(async () => {
  server = await testServer({ reinjectMinutes: 0 });
  voice = await speech('ru-f');
});
afterAll(() => server.close());

it.each([
  ['moshi.client', '', moshiMessages],
  ['the PersonaPlex web client', WEB_QUERY, webMessages],
  [
    'fujielab-moshi-client',
    'text_temperature=0.7&text_topk=25&audio_temperature=0.8&audio_topk=250&pad_mult=0.0&repetition_penalty=1.0&repetition_penalty_context=64&text_seed=42&audio_seed=42',
    fujielabMessages,
  ],
])('converses with the bytes of %s', async (_name, query, encode) => {
  const silence = new Float32Array(1920 * 20);
  const spoken = voice.subarray(1920 * 6, 1920 * 31);
  const sound = new Float32Array(silence.length + spoken.length + 1920 * 60);
  sound.set(spoken, silence.length);
  const { messages, everyMs } = await encode(sound);
  const socket = new WebSocket(server.chatUrl(query), { perMessageDeflate: false });
  const opus = await OpusIn.open();
  const kinds: number[] = [];
  const levels: number[] = [];
  let text = '';
  socket.on('message', (data: Buffer) => {
    kinds.push(data[0]);
    if (data[0] === 1) for (const frame of opus.push(data.subarray(1))) levels.push(level(frame));
    if (data[0] === 2) text += data.toString('utf8', 1);
  });
  await until(() => kinds.length > 0);
  const startMs = performance.now();
  for (const [n, message] of messages.entries()) {
    await sleep(startMs + n * everyMs - performance.now());
    socket.send(message);
    // All was said, and the agent has answered something.
    if (n * everyMs > 3700 && text.length > 20) break;
  }
  // A busy machine takes longer.
  await until(() => text.length > 20);
  socket.terminate();
  // A lone zero first, then sound and text and nothing else: the web client's decoder throws at types that it does not know.
  expect(kinds[0]).toBe(0);
  expect(new Set(kinds.slice(1))).toEqual(new Set([1, 2]));
  expect(Math.max(...levels)).toBeGreaterThan(0.02);
  expect(text).toMatch(/\w+ \w+/);
  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  expect(metrics).toMatch(/undertone_bad_packets_total 0/);
});
