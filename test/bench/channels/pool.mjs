// Workers that measure one clip in one row at a time, with a progress bar, until all is done or somebody stops it.
import { Worker } from 'node:worker_threads';

const BAR = 30;

/**
 * @param waiting tasks, taken from the front
 * @param options what the workers load, and how many there are
 * @param results keeps what comes
 * @param total tasks in all, those kept from an earlier run among them
 */
export function work(waiting, { jobs, ...clips }, results, total) {
  const kept = total - waiting.length;
  let done = kept;
  const began = performance.now();
  const tell = (text) => process.stderr.isTTY && process.stderr.write(`\r\x1b[2K${text}`);
  const progress = () => {
    const left = ((performance.now() - began) / 60_000 / (done - kept)) * (total - done);
    const bar = '█'.repeat(Math.round((BAR * done) / total)).padEnd(BAR, '░');
    tell(`${bar} ${done}/${total}${left > 0.1 ? `, about ${Math.ceil(left)} min` : ''}`);
  };
  return new Promise((resolve, reject) => {
    const workers = new Set();
    process.once('SIGINT', () => {
      for (const worker of workers) worker.terminate();
      console.error(`\n${done} of ${total} results are kept; run it again to go on.`);
      process.exit(130);
    });
    const start = () => {
      const worker = new Worker(new URL('./worker.mjs', import.meta.url), { workerData: clips });
      workers.add(worker);
      const next = () => {
        const task = waiting.shift();
        if (task) return worker.postMessage(task);
        workers.delete(worker);
        worker.terminate();
        if (workers.size > 0) return;
        tell('');
        resolve();
      };
      worker.on('message', ({ task, result }) => {
        results.keep(task, result);
        done++;
        progress();
        next();
      });
      worker.on('error', reject);
      next();
    };
    const n = Math.min(jobs, waiting.length);
    if (n === 0) resolve();
    for (let i = 0; i < n; i++) start();
  });
}
