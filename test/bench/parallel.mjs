// Work shared out to worker threads, with a progress bar, until all is done or somebody stops it.
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';

const BAR = 30;

/** On a terminal only. */
export const tell = (text) => process.stderr.isTTY && process.stderr.write(`\r\x1b[2K${text}`);

/**
 * @param module URL of what the workers run: it answers each task it is posted with { task, result }
 * @param waiting tasks, taken from the front
 * @param data what every worker is given
 * @param onResult (task, result), called as they come
 * @param kept results that were there before; @param stopped said on Ctrl-C, after how many were done
 */
export function inParallel(
  module,
  waiting,
  data,
  onResult,
  { jobs = availableParallelism(), kept = 0, stopped = 'were done' } = {},
) {
  const total = kept + waiting.length;
  let done = kept;
  const began = performance.now();
  const progress = () => {
    const left = ((performance.now() - began) / 60_000 / (done - kept)) * (total - done);
    const bar = '█'.repeat(Math.round((BAR * done) / total)).padEnd(BAR, '░');
    tell(`${bar} ${done}/${total}${left > 0.1 ? `, about ${Math.ceil(left)} min` : ''}`);
  };
  return new Promise((resolve, reject) => {
    const workers = new Set();
    const stop = () => {
      for (const worker of workers) worker.terminate();
      console.error(`\n${done} of ${total} ${stopped}`);
      process.exit(130);
    };
    process.once('SIGINT', stop);
    const finish = () => {
      process.off('SIGINT', stop);
      tell('');
      resolve();
    };
    const start = () => {
      const worker = new Worker(module, { workerData: data });
      workers.add(worker);
      const next = () => {
        const task = waiting.shift();
        if (task !== undefined) return worker.postMessage(task);
        workers.delete(worker);
        worker.terminate();
        if (workers.size === 0) finish();
      };
      worker.on('message', ({ task, result }) => {
        onResult(task, result);
        done++;
        progress();
        next();
      });
      worker.on('error', reject);
      next();
    };
    const n = Math.min(jobs, waiting.length);
    if (n === 0) finish();
    for (let i = 0; i < n; i++) start();
  });
}
