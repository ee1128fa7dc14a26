/** Two servers on one call: each agent hears the other, and each server verifies the other's voice at the other's issuer. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateIssuerKey, privateJwk, publicJwk } from '@undertone/token';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { type Serving, serveCommand } from './command.ts';
import { until } from './support.ts';

const NAMES = ['First', 'Second'];
const PERSONAS = [
  { voice: 'slt', role: 'You are Ana, a receptionist.' },
  { voice: 'rms', role: 'You are Max, a librarian.' },
];
const servers: Serving[] = [];
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'undertone-mutual-'));
  const file = (name: string): string => join(folder, name);
  for (const name of NAMES) {
    const issuer = generateIssuerKey(`${name} issuer`);
    await writeFile(file(`${name}.jwk`), JSON.stringify(privateJwk(issuer)), { mode: 0o600 });
    await writeFile(file(`${name}.pub.json`), JSON.stringify(publicJwk(issuer)));
  }
  // Each has to be told the other's channel before that is there.
  const ports = [18_930 + (process.pid % 500), 19_480 + (process.pid % 500)];
  for (const [i, name] of NAMES.entries()) {
    const options = {
      'channel-port': `${ports[i]}`,
      data: file(name),
      agent: name,
      issuer: file(`${name}.jwk`),
      trust: file(`${NAMES[1 - i]}.pub.json`),
      resolvers: `http://127.0.0.1:${ports[1 - i]}`,
      'drain-seconds': '0',
      'max-late-ms': '60000',
      'log-level': 'error',
    };
    servers.push(await serveCommand(...Object.entries(options).flatMap(([option, value]) => [`--${option}`, value])));
  }
}, 300_000);
afterAll(async () => {
  for (const { process } of servers) process.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

interface CallerEvent {
  readonly type: string;
  readonly state?: string;
  readonly agent?: string | null;
  readonly issuer?: string;
}

/** Talks with itself through two servers: what one says is what the other hears, byte for byte, as long as both stay. */
function connect(): { events: CallerEvent[][]; unmarked: number[]; hangUp: () => void } {
  const events: CallerEvent[][] = [[], []];
  const unmarked = [0, 0];
  const sockets = servers.map(({ chat }, i) => {
    const { voice, role } = PERSONAS[i];
    const query = new URLSearchParams({ metadata: '1', text_prompt: role, voice_prompt: voice, text_seed: `${i + 3}` });
    return new WebSocket(`${chat}?${query}`);
  });
  sockets.forEach((socket, i) => {
    socket.on('message', (data: Buffer) => {
      if (data[0] === 1 && sockets[1 - i].readyState === WebSocket.OPEN) sockets[1 - i].send(data);
      if (data[0] !== 4) return;
      const told = JSON.parse(data.toString('utf8', 1));
      if (told.type === 'caller') events[i].push(told.event);
      if (told.type === 'mark') unmarked[i] = told.framesUnmarked;
      // As signalling would: each side is told under which session the other says that it speaks.
      if (told.type === 'session') {
        const session = Buffer.from(`\x04${JSON.stringify({ session: { card: told.card, claims: told.claims } })}`);
        const other = sockets[1 - i];
        if (other.readyState === WebSocket.OPEN) other.send(session);
        else other.once('open', () => other.send(session));
      }
    });
  });
  return { events, unmarked, hangUp: () => sockets.forEach((socket) => socket.close()) };
}

it('each becomes live at the other, which trusts its issuer and asks its channel', async () => {
  const { events, unmarked, hangUp } = connect();
  const live = (i: number): CallerEvent | undefined => events[i].find((e) => e.type === 'state' && e.state === 'live');
  expect(await until(() => live(0) !== undefined && live(1) !== undefined, 150_000), JSON.stringify(events)).toBe(true);
  expect(live(0)).toMatchObject({ agent: 'Second', issuer: 'Second issuer' });
  expect(live(1)).toMatchObject({ agent: 'First', issuer: 'First issuer' });
  expect(events.flat().filter((e) => e.state === 'conflict')).toEqual([]);
  expect(unmarked).toEqual([0, 0]);
  hangUp();
}, 240_000);
