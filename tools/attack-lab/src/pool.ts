/** Units on several cores. */
import { Worker } from 'node:worker_threads';
import type { UnitResult } from './results.ts';

/** A unit to do. */
export interface Job {
  readonly attack: string;
  readonly unit: number;
}

type Answer = { readonly ready: true } | UnitResult | (Job & { readonly error: string });

/**
 * Does jobs on some threads. @param onResult called as units end, in any order
 * @returns when all are done, or the signal has stopped it. Throws when a unit does: a program that cannot run shows nothing.
 */
export async function runPool(
  jobs: readonly Job[],
  options: {
    readonly threads: number;
    readonly clips?: string;
    readonly signal: AbortSignal;
    readonly onResult: (result: UnitResult) => void;
  },
): Promise<void> {
  const pending = [...jobs];
  const { clips, signal, onResult } = options;
  const worker = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const thread = new Worker(new URL('./worker.js', import.meta.url), { workerData: { clips } });
      const end = (settle: () => void): void => {
        signal.removeEventListener('abort', stop);
        void thread.terminate();
        settle();
      };
      const stop = (): void => end(resolve);
      signal.addEventListener('abort', stop);
      thread.on('error', (error) => end(() => reject(error)));
      thread.on('message', (answer: Answer) => {
        if ('error' in answer) {
          end(() => reject(new Error(`${answer.attack}, unit ${answer.unit}: ${answer.error}`)));
          return;
        }
        if ('trials' in answer) onResult(answer);
        const next = pending.shift();
        if (next && !signal.aborted) thread.postMessage(next);
        else end(resolve);
      });
    });
  try {
    await Promise.all(Array.from({ length: Math.min(options.threads, jobs.length) }, worker));
  } catch (error) {
    pending.length = 0;
    throw error;
  }
}
