import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { postgresBin, startPostgres } from './postgres.mjs';

const folder = mkdtempSync(join(tmpdir(), 'undertone-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const KILLS = ['all', 'database', 'channel', 'media', 'start', 'database', 'media', 'channel', 'all'];
const postgres = postgresBin();
if (postgres === null) console.log('Postgres is not installed: kills beside a real one are not tried');

it('loses no disclosed slot and discloses nothing early when its processes are killed at any moment', async () => {
  // A plain program, which the benchmark runs too.
  const { rounds } = await import(new URL('kill/rounds.mjs', import.meta.url).href);
  const sums = await rounds({ folder }, KILLS);
  expect(sums.heardKeys).toBeGreaterThan(0);
  expect(sums.durableRecords).toBeGreaterThan(0);
  expect(sums).toMatchObject({ kills: 9, heard: 0, durable: 0, withoutRecord: 0, outOfOrder: 0, early: 0, brokenServers: 0 });
}, 900_000);

it.runIf(postgres !== null)(
  'nor beside a real Postgres, which is killed and started again too',
  async () => {
    const { rounds } = await import(new URL('kill/rounds.mjs', import.meta.url).href);
    const database = await startPostgres(postgres!);
    const sums = await rounds(database, KILLS).finally(() => database.stop());
    expect(sums.heardKeys).toBeGreaterThan(0);
    expect(sums.durableRecords).toBeGreaterThan(0);
    expect(sums).toMatchObject({ kills: 9, heard: 0, durable: 0, withoutRecord: 0, outOfOrder: 0, early: 0, brokenServers: 0 });
  },
  900_000,
);
