/** One worker thread: does the units that it is given. */
import { parentPort, workerData } from 'node:worker_threads';
import { ATTACKS } from './attacks/index.ts';
import { Lab } from './lab.ts';
import type { Job } from './pool.ts';

const lab = await Lab.open((workerData as { clips?: string }).clips);
parentPort!.on('message', async ({ attack, unit }: Job) => {
  try {
    const trials = await ATTACKS.find(({ id }) => id === attack)!.run(unit, lab);
    parentPort!.postMessage({ attack, unit, trials });
  } catch (error) {
    parentPort!.postMessage({ attack, unit, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
});
parentPort!.postMessage({ ready: true });
