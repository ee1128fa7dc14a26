// Malformed messages by the million at a real server; a call beside them must not notice.
import { conversation, dial, PACKET_MS, sleep, talk } from './caller.mjs';
import { startServer } from './process.mjs';

const AT_A_TIME = 16;
const PER_CONNECTION = 500;

let state = 1;
const random = (below) => {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) % below;
};
const noise = (n) => Uint8Array.from({ length: n }, () => random(256));

/** A message that was once a good one, or never. */
function bad(messages) {
  switch (random(6)) {
    case 0:
      return noise(random(64));
    case 1:
      return Buffer.concat([Uint8Array.of(1), noise(random(300))]);
    case 2:
      return Buffer.concat([Uint8Array.of(random(9)), noise(random(40))]);
    case 3: {
      const copy = Buffer.from(messages[random(messages.length)]);
      for (let i = 0; i <= random(4); i++) copy[random(copy.length)] = random(256);
      return copy;
    }
    case 4: {
      const one = messages[random(messages.length)];
      return one.subarray(0, random(one.length) + 1);
    }
    default:
      return Buffer.concat([Uint8Array.of(4), Buffer.from('{"persona":'.repeat(random(30)))]);
  }
}

export async function fuzz(count, progress) {
  const server = await startServer({ maxCalls: 64, callers: 'ignore', logLevel: 'error' });
  const messages = await conversation();
  let witnessPackets = 0;
  const witness = await dial(server.chat, (data) => {
    if (data[0] === 1) witnessPackets++;
  });
  let witnessClosed = false;
  witness.once('close', () => {
    witnessClosed = true;
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
        // Half of the connections get past the headers.
        if (random(2)) socket.send(messages[0]);
        for (let i = 0; i < PER_CONNECTION && sent < count; i++) {
          socket.send(bad(messages));
          sent++;
          if (i % 50 === 49) await sleep(1);
          if (socket.readyState !== 1) break;
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
  witness.close();
  await sleep(3000);
  const after = await server.metrics();
  const exit = await server.stop();
  return {
    messages: sent,
    connections,
    seconds,
    witness: { closed: witnessClosed, packets: witnessPackets, expected: (seconds * 1000) / PACKET_MS },
    processed: Object.entries(after)
      .filter(([k]) => k.startsWith('undertone_messages_total'))
      .reduce((a, [, v]) => a + v, 0),
    callsLeftOver: after.undertone_calls,
    unhandledErrors: server.errors,
    exitCode: exit,
  };
}
