/** Two servers as processes, with one issuer and one real Postgres. */
import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createChannelClient, type WebSocketConstructor } from '@undertone/channel';
import {
  fromHex,
  generateIssuerKey,
  hex,
  parseCard,
  parseSessionRecord,
  parseTrust,
  privateJwk,
  publicJwk,
  type TrustStore,
  verifySessionRecord,
} from '@undertone/token';
import { expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { postgresBin, startPostgres } from '../postgres.mjs';

export interface Member {
  readonly process: ChildProcess;
  /** What the process told when it was ready. */
  readonly ready: { readonly url?: string; readonly channel: string };
}

export interface Fleet {
  readonly one: Member;
  readonly other: Member;
  readonly trust: TrustStore;
  stop(): void;
}

/** Whether Postgres is here; says so loudly where it is not. */
export function havePostgres(): boolean {
  if (postgresBin() !== null) return true;
  it('is NOT RUN, because Postgres is not installed here (Debian: apt-get install postgresql)', () => {
    process.stderr.write('\nNOT RUN: the tests of a fleet need Postgres (Debian: apt-get install postgresql)\n\n');
  });
  return false;
}

/** Starts Postgres and two processes of a program beside this file. */
export async function startFleet(program: string): Promise<Fleet> {
  const folder = mkdtempSync(join(tmpdir(), 'undertone-'));
  const postgres = await startPostgres(postgresBin()!);
  const issuer = generateIssuerKey('Fleet');
  const keys = { issuer, log: generateIssuerKey('log') };
  for (const [name, key] of Object.entries(keys))
    await writeFile(join(folder, `${name}.jwk`), JSON.stringify(privateJwk(key)), { mode: 0o600 });
  const member = async (name: string): Promise<Member> => {
    const args = [postgres.url, join(folder, 'issuer.jwk'), join(folder, 'log.jwk'), join(folder, name)];
    const process = fork(fileURLToPath(new URL(program, import.meta.url)), args);
    const ready = await new Promise<Member['ready']>((resolve, reject) => {
      process.once('message', (message) => resolve(message as Member['ready']));
      process.once('exit', (code) => reject(new Error(`a server ended: ${code}`)));
    });
    return { process, ready };
  };
  const [one, other] = await Promise.all([member('one'), member('other')]);
  return {
    one,
    other,
    trust: parseTrust(publicJwk(issuer)),
    stop() {
      for (const server of [one, other]) server.process.kill('SIGKILL');
      postgres.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A verifier's channel that knows only one server. */
export function channelOf(member: Member): ReturnType<typeof createChannelClient> {
  return createChannelClient({
    resolvers: [{ url: member.ready.channel }],
    WebSocket: WebSocket as unknown as WebSocketConstructor,
  });
}

/** Kills one server, and looks at what the other still proves of its session. */
export async function outlives({ one, other, trust }: Fleet, cardHex: string): Promise<void> {
  const { cardHash } = parseCard(fromHex(cardHex));
  one.process.kill('SIGKILL');
  const answer = await fetch(`${other.ready.channel}/v1/sessions/${hex(cardHash)}/record`);
  const record = parseSessionRecord(await answer.json());
  expect(verifySessionRecord(record, trust)).toMatchObject({ ok: true });
  expect(record.records.length).toBeGreaterThan(0);
  expect(record.key?.slot).toBeGreaterThan(0);
  // Nobody can sign the time any more, and the other server says so instead of inventing one.
  await expect(channelOf(other).time(cardHash, new Uint8Array(16))).rejects.toMatchObject({ code: 'channel-refused' });
}
