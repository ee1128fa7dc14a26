/** One way to a thread and back, in order. */
import { ServerError } from '../errors.ts';
import type { Failure, FromThread, Post, Talk, ToThread } from './talk.ts';

/** Who listens at this end. */
export interface LineListener<T extends Talk> {
  take(result: T['result']): void;
  /** Something went wrong there; `thread-ended`: everything of the line is gone. */
  failed(error: unknown): void;
}

/** How a line reaches its thread. */
export interface LineThread<T extends Talk> {
  readonly post: Post<ToThread<T>>;
  /** How long the thread may take to answer, ms; one that takes longer is taken for stuck. Null: as long as it likes. */
  readonly patienceMs: number | null;
  stuck(): void;
  /** The line is closed, from either side. */
  closed(): void;
}

interface Waiting {
  readonly resolve: (answer: never) => void;
  readonly reject: (error: unknown) => void;
}

/** The question that every line begins with: whether the thread is ready to work. */
const OPENED = 0;

export class Line<T extends Talk> {
  /** Fulfilled when the thread is ready to work; rejected when it cannot. */
  readonly opened: Promise<void>;
  readonly #id: number;
  readonly #thread: LineThread<T>;
  readonly #listener: LineListener<T>;
  readonly #waiting = new Map<number, Waiting>();
  #next = OPENED;
  #closed = false;

  constructor(id: number, setup: T['setup'], thread: LineThread<T>, listener: LineListener<T>) {
    this.#id = id;
    this.#thread = thread;
    this.#listener = listener;
    this.opened = this.#wait();
    // Not everybody waits for it; the listener hears of a failure all the same.
    this.opened.catch(() => {});
    thread.post({ line: id, setup });
  }

  /** @param handOver buffers that the thread gets instead of copies */
  say(work: T['work'], handOver?: readonly ArrayBufferLike[]): void {
    if (!this.#closed) this.#thread.post({ line: this.#id, work }, handOver);
  }

  /** Rejects with `thread-ended` when there is nobody to answer. */
  ask<N extends keyof T['questions']>(name: N, ask: T['questions'][N]['ask']): Promise<T['questions'][N]['answer']> {
    if (this.#closed) return Promise.reject(new ServerError('thread-ended', 'the line is closed'));
    const question = this.#next;
    const answer = this.#wait<T['questions'][N]['answer']>();
    this.#thread.post({ line: this.#id, question, name, ask });
    return answer;
  }

  /** For the answer to the next question. */
  #wait<Answer>(): Promise<Answer> {
    const { stuck, patienceMs } = this.#thread;
    const late = patienceMs === null ? undefined : setTimeout(stuck, patienceMs).unref();
    return new Promise<Answer>((resolve, reject) => {
      this.#waiting.set(this.#next++, { resolve: resolve as Waiting['resolve'], reject });
    }).finally(() => clearTimeout(late));
  }

  take(message: FromThread<T>): void {
    if ('answer' in message) this.#settled(message.question)?.resolve(message.answer as never);
    else if ('failed' in message) this.#failed(message);
    else this.#took(message.result);
  }

  /** What a listener makes of it ends its own line at most. */
  #took(result: T['result']): void {
    try {
      this.#listener.take(result);
    } catch (error) {
      this.#listener.failed(error);
    }
  }

  #failed({ question, failed: { code, error } }: { readonly question?: number; readonly failed: Failure }): void {
    const own = code === null ? error : new ServerError(code, (error as Error).message);
    if (question === OPENED) this.lost(own);
    else if (question === undefined) this.#listener.failed(own);
    else this.#settled(question)?.reject(own);
  }

  #settled(question: number): Waiting | undefined {
    const waiting = this.#waiting.get(question);
    this.#waiting.delete(question);
    return waiting;
  }

  /** There is nobody at the other end. */
  lost(error: unknown): void {
    this.#end(error);
    this.#listener.failed(error);
  }

  /** Nothing more is said or taken. */
  close(): void {
    if (this.#closed) return;
    this.#thread.post({ line: this.#id, end: true });
    this.#end(new ServerError('thread-ended', 'the line is closed'));
  }

  #end(error: unknown): void {
    this.#closed = true;
    this.#thread.closed();
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}
