// Which threads of a process are busy.
import { readdir, readFile } from 'node:fs/promises';

/** Ticks a second in which Linux counts processor time. */
const TICKS = 100;

/** Processor time of every thread of a process so far, s; by its number, which of the main thread is the process's own. */
async function processorSeconds(pid) {
  const seconds = new Map();
  for (const thread of await readdir(`/proc/${pid}/task`)) {
    const stat = await readFile(`/proc/${pid}/task/${thread}/stat`, 'utf8').catch(() => null);
    // What comes after the name in brackets, from the third field on.
    const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields) seconds.set(Number(thread), (Number(fields[11]) + Number(fields[12])) / TICKS);
  }
  return seconds;
}

/**
 * Begins to measure. @returns a function that ends it and gives the share of one processor that each of the busiest threads took, the main
 * thread first
 */
export async function watchProcessors(pid, most = 12) {
  const before = await processorSeconds(pid);
  const beganMs = performance.now();
  return async () => {
    const after = await processorSeconds(pid);
    const seconds = (performance.now() - beganMs) / 1000;
    const share = (thread) => (after.get(thread) - (before.get(thread) ?? 0)) / seconds;
    const others = [...after.keys()].filter((thread) => thread !== pid).map(share);
    return { main: share(pid), others: others.sort((a, b) => b - a).slice(0, most) };
  };
}

/** Share of the time in which each thread that the server names was not waiting for work, from its metrics before and after. */
export function busyShares(before, after, seconds) {
  const named = Object.keys(after).filter((name) => name.startsWith('undertone_thread_busy_seconds'));
  return Object.fromEntries(named.map((name) => [/"(.*)"/.exec(name)[1], (after[name] - before[name]) / seconds]));
}
