// Malformed messages by the million at a real server; a call beside them must not notice.
import { conversation, dial, PACKET_MS, sleep, talk } from './caller.mjs';
import { startServer } from './process.mjs';

/** Calls at a time, and messages of each in a second: a call may send 200. */
const AT_A_TIME = 32;
const PER_SECOND = 170;
const PER_CONNECTION = 5000;
/** Of these one in so many ends its call; the others are borne, so that the calls last and every message is read. */
const FATAL = 1000;
/** Of the others one in so many is sound: more sound than is spoken would end the call. */
const SOUND = 16;

let state = 1;
const random = (below) => {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) % below;
};
const noise = (n) => Uint8Array.from({ length: n }, () => random(256));

const typed = (type, ...parts) => Buffer.concat([Uint8Array.of(type), ...parts]);
const text = (value) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));

/** Sound that once was good: bits turned, cut short, or its Opus replaced. */
function damagedSound(messages) {
  const copy = Buffer.from(messages[1 + random(messages.length - 1)]);
  // Behind the capture pattern, so that it is still taken for a page.
  for (let i = 0; i <= random(4); i++) copy[5 + random(copy.length - 5)] = random(256);
  return copy;
}

/** What a call has to bear. */
function borne() {
  switch (random(8)) {
    case 0:
      return typed(7 + random(249), noise(random(400)));
    case 1:
      return typed(6, noise(random(40)));
    case 2:
      return typed(0, noise(random(40)));
    case 3:
      return typed(2, text('é\u0000'.repeat(random(2000))));
    case 4:
      return typed(5, text('error '.repeat(random(50))));
    case 5:
      return typed(3, Uint8Array.of(random(3)));
    case 6:
      return typed(4, text({ persona: { voice: `v${random(1e6)}`, role: 'x'.repeat(random(4000)) } }));
    default:
      return typed(4, text({ persona: {}, [`k${random(1e6)}`]: 'y'.repeat(random(500)) }));
  }
}

/** What ends its call. */
function fatal(messages) {
  switch (random(6)) {
    case 0:
      return noise(random(64));
    case 1:
      return typed(1, noise(random(300)));
    case 2:
      return typed(3, noise(random(40)));
    case 3:
      return typed(2, Uint8Array.of(0xff, 0xfe), noise(random(64)));
    case 4: {
      const one = messages[random(messages.length)];
      return one.subarray(0, random(one.length) + 1);
    }
    default:
      return typed(4, text('{"persona":'.repeat(random(1400))));
  }
}

const bad = (messages) => (random(FATAL) === 0 ? fatal(messages) : random(SOUND) === 0 ? damagedSound(messages) : borne());

/** @param seed what is random is repeatable by it */
export async function fuzz(count, seed, progress) {
  state = seed;
  const server = await startServer({ maxCalls: 64, callers: 'ignore', logLevel: 'error' });
  const messages = await conversation();
  let witnessPackets = 0;
  const witness = await dial(server.chat, (data) => {
    if (data[0] === 1) witnessPackets++;
  });
  talk(witness, messages);
  const startMs = performance.now();
  let sent = 0;
  let connections = 0;
  async function attack() {
    while (sent < count) {
      connections++;
      try {
        const socket = await dial(server.chat);
        socket.on('error', () => {});
        // Half of the connections get past the headers of the sound.
        if (random(2)) socket.send(messages[0]);
        const since = performance.now();
        for (let i = 0; i < PER_CONNECTION && sent < count && socket.readyState === 1; ) {
          for (; i < ((performance.now() - since) / 1000) * PER_SECOND && sent < count && socket.readyState === 1; i++, sent++)
            socket.send(bad(messages));
          await sleep(20);
        }
        socket.terminate();
      } catch {
        await sleep(20);
      }
      if (connections % 20 === 0) progress(`fuzz: ${sent} of ${count} messages`);
    }
  }
  await Promise.all(Array.from({ length: AT_A_TIME }, attack));
  const seconds = (performance.now() - startMs) / 1000;
  const witnessClosed = witness.readyState !== 1;
  witness.close();
  await sleep(3000);
  const after = await server.metrics();
  const exit = await server.stop();
  return {
    seed,
    messages: sent,
    connections,
    seconds,
    witness: { closed: witnessClosed, packets: witnessPackets, expected: (seconds * 1000) / PACKET_MS },
    processed: Object.entries(after)
      .filter(([k]) => k.startsWith('undertone_messages_total'))
      .reduce((a, [, v]) => a + v, 0),
    outcomes: Object.fromEntries(Object.entries(after).filter(([k]) => k.startsWith('undertone_calls_total'))),
    callsLeftOver: after.undertone_calls,
    unhandledErrors: server.errors,
    exitCode: exit,
  };
}
