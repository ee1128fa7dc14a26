import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { emptyDatabase } from './shared.ts';

const folder = emptyDatabase(mkdtempSync(join(tmpdir(), 'undertone-')));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('loses no disclosed slot and discloses nothing early when its processes are killed at any moment', async () => {
  // A plain program, which the benchmark runs too.
  const { rounds } = await import(new URL('kill/rounds.mjs', import.meta.url).href);
  const sums = await rounds({ folder }, ['channel', 'all']);
  expect(sums.heardKeys).toBeGreaterThan(0);
  expect(sums.durableRecords).toBeGreaterThan(0);
  expect(sums).toMatchObject({ kills: 2, heard: 0, durable: 0, withoutRecord: 0, outOfOrder: 0, early: 0, brokenServers: 0 });
}, 300_000);
