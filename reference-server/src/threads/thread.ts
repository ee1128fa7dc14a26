/** Keeps a program of ours running in a thread of its own. Whoever has something to do there has a line to it. */
import { Worker } from 'node:worker_threads';
import { ServerError } from '../errors.ts';
import type { Logger } from '../logging.ts';
import type { Metrics } from '../metrics.ts';
import { programUrl } from '../programs.ts';
import { Line, type LineListener, type LineThread } from './line.ts';
import type { FromThread, Talk } from './talk.ts';

export interface ThreadOptions {
  readonly program: string;
  /** As logs and metrics call it. */
  readonly name: string;
  /** What the program is given at its start; it is copied. */
  readonly data?: unknown;
  /** How long it may take to answer, ms: a thread that takes longer is stuck and is ended. Absent: as long as it likes. */
  readonly patienceMs?: number;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** A running thread. One that has ended by itself is started again for the next line. */
export class Thread<T extends Talk> {
  readonly #options: ThreadOptions;
  readonly #lines = new Map<number, Line<T>>();
  #worker: Worker | null = null;
  #next = 0;
  #closed = false;

  constructor(options: ThreadOptions) {
    this.#options = options;
    this.#start();
    options.metrics.watchThread(options.name, () => this.#worker?.performance.eventLoopUtilization().active ?? 0);
  }

  /** Lines that are open. */
  get lines(): number {
    return this.#lines.size;
  }

  /** Opens a line; what is said before it is open waits. @param setup what the line is for; it is copied */
  open<L extends T>(setup: L['setup'], listener: LineListener<L>): Line<L> {
    const worker = this.#worker ?? this.#start();
    const id = this.#next++;
    const thread: LineThread<L> = {
      post: (message, handOver = []) => worker.postMessage(message, handOver as ArrayBuffer[]),
      patienceMs: this.#options.patienceMs ?? null,
      stuck: () => void worker.terminate(),
      closed: () => this.#lines.delete(id),
    };
    const failed = (error: unknown): void => {
      if (!(error instanceof ServerError))
        this.#options.logger.error({ err: error, thread: this.#options.name }, 'a line failed');
      listener.failed(error);
    };
    const line = new Line<L>(id, setup, thread, { take: (result) => listener.take(result), failed });
    this.#lines.set(id, line as unknown as Line<T>);
    return line;
  }

  #start(): Worker {
    const { program, name, data, logger } = this.#options;
    const worker = new Worker(programUrl(program), { workerData: data, name });
    this.#worker = worker;
    worker.on('message', (message: FromThread<T>) => this.#lines.get(message.line)?.take(message));
    worker.on('error', (error) => logger.error({ err: error, thread: name }, 'a thread failed'));
    worker.once('exit', () => {
      this.#worker = null;
      if (this.#closed) return;
      logger.error({ thread: name, lines: this.#lines.size }, 'a thread ended by itself');
      for (const line of [...this.#lines.values()])
        line.lost(new ServerError('thread-ended', `the thread ${name} ended by itself`));
    });
    return worker;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#worker?.terminate();
  }
}
