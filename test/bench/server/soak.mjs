// Hours of calls with everything that goes wrong on a network: drops, slow readers, half-open sockets, garbage.
import { createConnection } from 'node:net';
import { conversation, dial, sleep, talk } from './caller.mjs';
import { startServer } from './process.mjs';

const random = (least, most) => least + Math.random() * (most - least);
const bytes = (n) => Uint8Array.from({ length: n }, () => Math.random() * 256);

/** What callers do. Each ends by itself. */
const WAYS = {
  async ordinary(url, messages) {
    const socket = await dial(url);
    talk(socket, messages);
    await sleep(random(5000, 90_000));
    socket.close();
  },
  async dropped(url, messages) {
    const socket = await dial(url);
    talk(socket, messages);
    await sleep(random(500, 30_000));
    socket.terminate();
  },
  async silent(url) {
    const socket = await dial(url);
    await sleep(random(1000, 40_000));
    socket.close();
  },
  async slowReader(url, messages) {
    const socket = await dial(url);
    talk(socket, messages);
    socket.pause();
    await sleep(random(10_000, 60_000));
    socket.terminate();
  },
  /** Never answers a ping, never says goodbye. */
  async halfOpen(url) {
    const socket = await dial(url, () => {}, { autoPong: false });
    await sleep(45_000);
    socket.terminate();
  },
  async hangsUpAtOnce(url) {
    const socket = await dial(url);
    socket.terminate();
  },
  async garbage(url, messages) {
    const socket = await dial(url);
    const closed = new Promise((resolve) => socket.once('close', resolve));
    if (Math.random() < 0.5) socket.send(messages[0]);
    for (let i = 0; i < 50 && socket.readyState === 1; i++) {
      const kind = Math.floor(random(0, 8));
      socket.send(Buffer.concat([Uint8Array.of(kind), bytes(Math.floor(random(0, 400)))]));
      if (Math.random() < 0.1) socket.send('text frames are not part of the protocol');
      await sleep(random(1, 50));
    }
    socket.terminate();
    await closed;
  },
  async damagedAudio(url, messages) {
    const socket = await dial(url);
    for (const message of messages.slice(0, 200)) {
      const copy = Buffer.from(message);
      if (Math.random() < 0.2) copy[Math.floor(random(1, copy.length))] ^= 1 << Math.floor(random(0, 8));
      if (socket.readyState !== 1) break;
      socket.send(copy);
      await sleep(40);
    }
    socket.terminate();
  },
  async tooFast(url, messages) {
    const socket = await dial(url);
    for (const message of messages.slice(0, 1000)) if (socket.readyState === 1) socket.send(message);
    await sleep(500);
    socket.terminate();
  },
  /** Not even HTTP. */
  async noHttp(url) {
    const { hostname, port } = new URL(url);
    const socket = createConnection(Number(port), hostname);
    socket.on('error', () => {});
    socket.write(bytes(200));
    await sleep(1000);
    socket.destroy();
  },
  async badUpgrade(url) {
    const { hostname, port } = new URL(url);
    const socket = createConnection(Number(port), hostname);
    socket.on('error', () => {});
    socket.write('GET /api/chat?text_topk=no HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    await sleep(300);
    socket.destroy();
  },
};

/** @param minutes how long @param calls how many callers at a time */
export async function soak(minutes, calls, progress) {
  const server = await startServer({ maxCalls: calls * 2 + 8, logLevel: 'error' });
  const messages = await conversation();
  const until = performance.now() + minutes * 60_000;
  const done = Object.fromEntries(Object.keys(WAYS).map((way) => [way, 0]));
  const refused = {};
  const samples = [];

  async function line() {
    // Half of the calls are ordinary, or there would be nothing to disturb.
    while (performance.now() < until && server.exited === null) {
      const names = Object.keys(WAYS);
      const way = Math.random() < 0.5 ? 'ordinary' : names[Math.floor(random(0, names.length))];
      try {
        await WAYS[way](server.chat, messages);
      } catch (error) {
        refused[error.message] = (refused[error.message] ?? 0) + 1;
      }
      done[way]++;
      await sleep(random(0, 500));
    }
  }
  async function watch() {
    while (performance.now() < until && server.exited === null) {
      await sleep(30_000);
      const m = await server.metrics().catch(() => null);
      if (!m) continue;
      const sample = {
        minute: minutes - (until - performance.now()) / 60_000,
        residentMb: await server.residentMb(),
        heapMb: m.nodejs_heap_size_used_bytes / 1e6,
        externalMb: m.nodejs_external_memory_bytes / 1e6,
        calls: m.undertone_calls,
      };
      samples.push(sample);
      progress(`soak: minute ${sample.minute.toFixed(1)}, ${sample.residentMb.toFixed(0)} MB, ${sample.calls} calls`);
    }
  }
  await Promise.all([watch(), ...Array.from({ length: calls }, line)]);
  await sleep(25_000);
  // A server that ended by itself is the finding; its exit code and what it said last stand below.
  const last = server.exited === null ? await server.metrics() : {};
  const exit = await server.stop();
  const mean = (list, key) => list.reduce((a, s) => a + s[key], 0) / list.length;
  // The first sixth warms up: phrases are synthesised, code is compiled, the heap finds its size.
  const rest = samples.slice(Math.ceil(samples.length / 6));
  const third = Math.max(1, Math.floor(rest.length / 3));
  const growth = (key) => mean(rest.slice(-third), key) / mean(rest.slice(0, third), key) - 1;
  return {
    minutes,
    calls: done,
    refused,
    outcomes: Object.fromEntries(Object.entries(last).filter(([k]) => /^undertone_(calls_total|rejected_total)/.test(k))),
    growth: { resident: growth('residentMb'), heap: growth('heapMb') },
    residentMb: { first: mean(rest.slice(0, third), 'residentMb'), last: mean(rest.slice(-third), 'residentMb') },
    callsLeftOver: last.undertone_calls,
    frames: Object.fromEntries(Object.entries(last).filter(([k]) => k.startsWith('undertone_frames_total'))),
    recordsFailed: last['undertone_records_total{outcome="failed"}'] ?? 0,
    unhandledErrors: server.errors,
    exitCode: exit,
    samples,
  };
}
