// Kills a server's processes with SIGKILL at random moments, and counts what was lost.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rounds, TARGETS } from '../../reference-server/test/kill/rounds.mjs';
import { postgresBin, startPostgres } from '../../reference-server/test/postgres.mjs';

const TIMES = [...TARGETS, 'start'];
/** One kill in so many is beside a real Postgres, where one is installed; the others beside the embedded database. */
const POSTGRES_SHARE = 4;

async function killBeside(database, kills, tell) {
  const targets = Array.from({ length: kills }, () => TIMES[Math.floor(Math.random() * TIMES.length)]);
  const sums = await rounds(database, targets, tell);
  return { ...sums, targets: Object.fromEntries(TIMES.map((t) => [t, targets.filter((target) => target === t).length])) };
}

export async function kill(kills, progress) {
  const bin = postgresBin();
  const besidePostgres = bin === null ? 0 : Math.ceil(kills / POSTGRES_SHARE);
  const folder = await mkdtemp(join(tmpdir(), 'undertone-'));
  try {
    const embedded = await killBeside({ folder }, kills - besidePostgres, (done) => progress(`kill ${done} of ${kills}`));
    if (bin === null) return { embedded, postgres: 'not installed' };
    const database = await startPostgres(bin);
    const beside = (done) => progress(`kill ${kills - besidePostgres + done} of ${kills}, beside Postgres`);
    return { embedded, postgres: await killBeside(database, besidePostgres, beside).finally(() => database.stop()) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
