/** Keeps a program of ours running in a process of its own. */
import { type ChildProcess, fork } from 'node:child_process';
import { ServerError } from './errors.ts';
import { programUrl } from './programs.ts';

/** Longest time a program may take until it is ready; a first start makes the database, and the machine may be busy. */
const READY_MS = 120_000;
const RESTART_MS = 200;
/** How long a program may take to end by itself. */
const STOP_MS = 10_000;

export interface SupervisedOptions {
  readonly program: string;
  readonly args?: readonly string[];
  /** Options that do not belong on a command line, asked for at each start and sent as the first message. */
  readonly setup?: () => unknown;
  /** What the program says when it is ready. */
  readonly onReady?: (ready: unknown) => void;
  /** Messages after that. */
  readonly onMessage?: (message: unknown) => void;
  /** Called when the program ended without being told to, before it is started again. */
  readonly onRestart?: (cause: string) => void;
}

/** A running program. It is started again whenever it ends by itself. */
export interface Supervised {
  readonly pid: number | undefined;
  send(message: object): void;
  stop(): Promise<void>;
}

type Ready = { readonly ready?: unknown; readonly failed?: string; readonly message?: string };

/** Starts a program. Fulfilled when it says it is ready; rejects with the code that it fails with. */
export async function supervise(options: SupervisedOptions): Promise<Supervised> {
  let child: ChildProcess;
  let stopping = false;

  const start = async (): Promise<void> => {
    child = fork(programUrl(options.program), options.args ?? [], { serialization: 'advanced' });
    const mine = child;
    await new Promise<void>((resolve, reject) => {
      const late = setTimeout(() => mine.kill('SIGKILL'), READY_MS);
      const failed = (code: 'store-locked' | 'store-unavailable', message: string): void => {
        clearTimeout(late);
        reject(new ServerError(code, message));
      };
      mine.once('exit', (status, signal) => failed('store-unavailable', `${options.program} ended: ${signal ?? status}`));
      mine.once('message', (first: Ready) => {
        if (first.ready === undefined) {
          failed(first.failed === 'store-locked' ? 'store-locked' : 'store-unavailable', first.message ?? options.program);
          return;
        }
        clearTimeout(late);
        options.onReady?.(first.ready);
        mine.on('message', (message) => options.onMessage?.(message));
        mine.once('exit', (status, signal) => again(String(signal ?? status)));
        resolve();
      });
      mine.on('error', (error) => failed('store-unavailable', `${options.program}: ${error.message}`));
      if (options.setup !== undefined) mine.send({ setup: options.setup() }, () => {});
    });
  };
  const again = (cause: string): void => {
    if (stopping) return;
    options.onRestart?.(cause);
    setTimeout(() => {
      if (!stopping) start().catch((error: ServerError) => again(error.message));
    }, RESTART_MS);
  };

  await start();
  return {
    get pid() {
      return child.pid;
    },
    send(message) {
      // What is said while it restarts is lost; both sides go by the database.
      // The callback takes the error of a program that is just being killed, which would otherwise end this process too.
      if (child.connected) child.send(message, () => {});
    },
    async stop() {
      stopping = true;
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
      child.kill('SIGTERM');
      const late = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
      await ended;
      clearTimeout(late);
    },
  };
}
