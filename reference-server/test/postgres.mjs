// A real Postgres for tests and benchmarks: Debian's, started in a folder of its own and stopped again.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

/** Where `initdb` and `pg_ctl` are; null where Postgres is not installed. */
export function postgresBin() {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const places = [...versions.map((version) => join(debian, version, 'bin')), ...(process.env.PATH ?? '').split(':')];
  return places.find((place) => ['initdb', 'pg_ctl'].every((name) => existsSync(join(place, name)))) ?? null;
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** Postgres refuses to run as root: there the user `postgres` runs it. */
function owner() {
  if (process.getuid?.() !== 0) return {};
  const id = (flag) => Number(spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' }).stdout);
  return { uid: id('-u'), gid: id('-g') };
}

/** How long a Postgres whose predecessor was killed is tried to start: that one's processes must have gone. */
const RESTART_TRIES = 20;

/** Starts Postgres in a folder of its own, which is removed when it stops. */
export async function startPostgres(bin) {
  const as = owner();
  const folder = mkdtempSync(join(tmpdir(), 'undertone-postgres-'));
  if ('uid' in as) chownSync(folder, as.uid, as.gid);
  const data = join(folder, 'data');
  // Its own output would keep the pipes open that a test waits for.
  const options = { ...as, cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] };
  const must = (name, args) => {
    const done = spawnSync(join(bin, name), args, options);
    if (done.status !== 0) throw new Error(`${name} failed: ${done.error?.message ?? done.status}`);
  };
  const start = ['-D', data, '-w', '-l', join(folder, 'log'), 'start'];
  must('initdb', ['-D', data, '-U', 'undertone', '-A', 'trust', '--no-sync']);
  const port = await freePort();
  writeFileSync(
    join(data, 'postgresql.auto.conf'),
    `port = ${port}\nlisten_addresses = '127.0.0.1'\nunix_socket_directories = ''\n`,
  );
  must('pg_ctl', start);
  return {
    url: `postgres://undertone@127.0.0.1:${port}/postgres`,
    async restartKilled() {
      const [pid] = readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n');
      process.kill(Number(pid), 'SIGKILL');
      for (let tries = 0; tries < RESTART_TRIES; tries++) {
        const [status] = await once(spawn(join(bin, 'pg_ctl'), start, { ...options, stdio: 'ignore' }), 'exit');
        if (status === 0) return;
        await wait(250);
      }
      throw new Error('Postgres does not start again');
    },
    stop() {
      must('pg_ctl', ['-D', data, '-w', '-m', 'immediate', 'stop']);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
