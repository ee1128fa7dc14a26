// Kills a server's processes with SIGKILL at random moments, and counts what was lost.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rounds, TARGETS } from '../../reference-server/test/kill/rounds.mjs';

const TIMES = [...TARGETS, 'start'];

export async function kill(kills, progress) {
  const folder = await mkdtemp(join(tmpdir(), 'undertone-'));
  const targets = Array.from({ length: kills }, () => TIMES[Math.floor(Math.random() * TIMES.length)]);
  try {
    const sums = await rounds(folder, targets, (done) => progress(`kill ${done} of ${kills}`));
    return { ...sums, targets: Object.fromEntries(TIMES.map((t) => [t, targets.filter((target) => target === t).length])) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
