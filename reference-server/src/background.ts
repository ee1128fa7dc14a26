/** Threads that may wait. */
import { setPriority } from 'node:os';

/** Lets speech go before the calling thread where both want the processor. Only on Linux has a thread a priority of its own. */
export function runInBackground(nice: number): void {
  if (process.platform === 'linux') setPriority(nice);
}
