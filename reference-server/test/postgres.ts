/** A real Postgres for a test: Debian's, started in a folder of its own and stopped again. */
import { spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where `initdb` and `pg_ctl` are; null where Postgres is not installed. */
export function postgresBin(): string | null {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const places = [...versions.map((version) => join(debian, version, 'bin')), ...(process.env.PATH ?? '').split(':')];
  return places.find((place) => ['initdb', 'pg_ctl'].every((name) => existsSync(join(place, name)))) ?? null;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

/** Postgres refuses to run as root: there the user `postgres` runs it. */
function owner(): { uid: number; gid: number } | Record<string, never> {
  if (process.getuid?.() !== 0) return {};
  const id = (flag: string): number => Number(spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' }).stdout);
  return { uid: id('-u'), gid: id('-g') };
}

export interface Postgres {
  readonly url: string;
  stop(): void;
}

/** Starts Postgres in a folder of its own, which is removed when it stops. */
export async function startPostgres(bin: string): Promise<Postgres> {
  const as = owner();
  const folder = mkdtempSync(join(tmpdir(), 'undertone-postgres-'));
  if ('uid' in as) chownSync(folder, as.uid, as.gid);
  const data = join(folder, 'data');
  const run = (name: string, args: string[]): void => {
    // Its own output would keep the pipes open that a test waits for.
    const done = spawnSync(join(bin, name), args, { ...as, cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
    if (done.status !== 0) throw new Error(`${name} failed: ${done.error?.message ?? done.status}`);
  };
  run('initdb', ['-D', data, '-U', 'undertone', '-A', 'trust', '--no-sync']);
  const port = await freePort();
  writeFileSync(
    join(data, 'postgresql.auto.conf'),
    `port = ${port}\nlisten_addresses = '127.0.0.1'\nunix_socket_directories = ''\n`,
  );
  run('pg_ctl', ['-D', data, '-w', '-l', join(folder, 'log'), 'start']);
  return {
    url: `postgres://undertone@127.0.0.1:${port}/postgres`,
    stop() {
      run('pg_ctl', ['-D', data, '-w', '-m', 'immediate', 'stop']);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
