/** Two servers on one call: each agent hears the other, and each server verifies the other's voice. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keySigner, type Server, serve } from '@undertone/reference-server';
import { generateIssuerKey, publicJwk } from '@undertone/token';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { build } from './built.ts';
import { until } from './support.ts';

const issuers = [generateIssuerKey('First issuer'), generateIssuerKey('Second issuer')];
const servers: Server[] = [];
let folder: string;

beforeAll(async () => {
  build();
  folder = await mkdtemp(join(tmpdir(), 'undertone-mutual-'));
  const ports = [18_930 + (process.pid % 500), 19_480 + (process.pid % 500)];
  for (const [i, issuer] of issuers.entries()) {
    const other = join(folder, `trust-${i}.json`);
    await writeFile(other, JSON.stringify(publicJwk(issuers[1 - i])));
    servers.push(
      await serve(
        {
          port: 0,
          channelPort: ports[i],
          data: join(folder, `server-${i}`),
          agent: ['first', 'second'][i],
          trust: [other],
          resolvers: [`http://127.0.0.1:${ports[1 - i]}`],
          drainSeconds: 0,
          logLevel: 'error',
        },
        { issuer: [{ signer: keySigner(issuer) }], log: keySigner(generateIssuerKey('log')) },
      ),
    );
  }
});
afterAll(async () => {
  for (const server of servers) await server.close();
  await rm(folder, { recursive: true, force: true });
});

interface CallerEvent {
  readonly type: string;
  readonly state?: string;
  readonly agent?: string | null;
  readonly issuer?: string;
}

it('each becomes live at the other', async () => {
  const events: CallerEvent[][] = [[], []];
  const sockets = servers.map(({ url }, i) => {
    const role = encodeURIComponent(['You are Ana, a receptionist.', 'You are Max, a librarian.'][i]);
    const voice = ['slt', 'rms'][i];
    return new WebSocket(
      `${url.replace('http', 'ws')}/api/chat?metadata=1&text_prompt=${role}&voice_prompt=${voice}&text_seed=${i + 3}`,
    );
  });
  sockets.forEach((socket, i) => {
    socket.on('message', (data: Buffer) => {
      // What one says is what the other hears, byte for byte.
      if (data[0] === 1 && sockets[1 - i].readyState === WebSocket.OPEN) sockets[1 - i].send(data);
      if (data[0] === 4) {
        const told = JSON.parse(data.toString('utf8', 1));
        if (told.type === 'caller') events[i].push(told.event);
      }
    });
  });
  const live = (i: number): CallerEvent | undefined => events[i].find((e) => e.type === 'state' && e.state === 'live');
  expect(await until(() => live(0) !== undefined && live(1) !== undefined, 110_000)).toBe(true);
  expect(live(0)).toMatchObject({ agent: 'second', issuer: 'Second issuer' });
  expect(live(1)).toMatchObject({ agent: 'first', issuer: 'First issuer' });
  for (const socket of sockets) socket.close();
}, 180_000);
