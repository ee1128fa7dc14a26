// Work shared out to worker threads, with its progress, until all is done or somebody stops it.
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';

const BAR = 30;
/** Where there is no terminal, progress is a line now and then. */
const LINE_SECONDS = 60;

/** On a terminal only. */
export const tell = (text) => process.stderr.isTTY && process.stderr.write(`\r\x1b[2K${text}`);

/** @returns called with how many are done */
function progressOf(total, kept) {
  const began = performance.now();
  let said = began;
  return (done) => {
    const left = ((performance.now() - began) / 60_000 / (done - kept)) * (total - done);
    const text = `${done}/${total}${left > 0.1 ? `, about ${Math.ceil(left)} min` : ''}`;
    tell(`${'█'.repeat(Math.round((BAR * done) / total)).padEnd(BAR, '░')} ${text}`);
    if (process.stderr.isTTY || performance.now() - said < LINE_SECONDS * 1000) return;
    said = performance.now();
    console.error(text);
  };
}

/**
 * @param module URL of what the workers run: it answers each task it is posted with { task, result }
 * @param waiting tasks, taken from the front
 * @param data what every worker is given
 * @param onResult (task, result), called as they come
 * @param kept results that were there before; @param stopped said on Ctrl-C, after how many were done
 * @param limitSeconds most for one task; @param onLost (task, why), called for one whose worker ended or took longer: another worker goes
 * on with the next. Without it such a task ends everything
 */
export function inParallel(
  module,
  waiting,
  data,
  onResult,
  { jobs = availableParallelism(), kept = 0, stopped = 'were done', limitSeconds = null, onLost = null } = {},
) {
  const total = kept + waiting.length;
  let done = kept;
  const progress = progressOf(total, kept);
  return new Promise((resolve, reject) => {
    const workers = new Set();
    const stop = () => {
      for (const worker of workers) worker.terminate();
      console.error(`\n${done} of ${total} ${stopped}`);
      process.exit(130);
    };
    process.once('SIGINT', stop).once('SIGTERM', stop);
    const finish = () => {
      process.off('SIGINT', stop).off('SIGTERM', stop);
      tell('');
      resolve();
    };
    const start = () => {
      const worker = new Worker(module, { workerData: data });
      workers.add(worker);
      let task;
      let limit;
      const answered = (give) => {
        clearTimeout(limit);
        give();
        progress(++done);
      };
      const next = () => {
        task = waiting.shift();
        if (task === undefined) {
          workers.delete(worker);
          worker.terminate();
          if (workers.size === 0) finish();
          return;
        }
        if (limitSeconds !== null) limit = setTimeout(() => lost(`took longer than ${limitSeconds} s`), limitSeconds * 1000);
        worker.postMessage(task);
      };
      const lost = (why) => {
        if (!workers.delete(worker)) return;
        worker.terminate();
        if (onLost === null) return reject(new Error(why));
        answered(() => onLost(task, why));
        start();
      };
      worker.on('message', ({ task, result }) => {
        answered(() => onResult(task, result));
        next();
      });
      worker.on('error', (error) => lost(String(error?.message ?? error)));
      worker.on('exit', () => lost('the worker ended'));
      next();
    };
    const n = Math.min(jobs, waiting.length);
    if (n === 0) finish();
    for (let i = 0; i < n; i++) start();
  });
}
