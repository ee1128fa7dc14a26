/** One way to a thread and back, in order. */
import { ServerError } from '../errors.ts';
import type { Failure, FromThread, Post, Talk, ToThread } from './talk.ts';

/** Who listens at this end. */
export interface LineListener<T extends Talk> {
  take(result: T['result']): void;
  /** Something went wrong there; `thread-ended`: everything of the line is gone. */
  failed(error: unknown): void;
}

interface Waiting {
  readonly resolve: (answer: never) => void;
  readonly reject: (error: unknown) => void;
}

export class Line<T extends Talk> {
  /** Fulfilled when the thread is ready to work; rejected when it cannot. */
  readonly opened: Promise<void>;
  readonly #id: number;
  readonly #post: Post<ToThread<T>>;
  readonly #listener: LineListener<T>;
  readonly #onClose: () => void;
  readonly #waiting = new Map<number, Waiting>();
  #opening!: Waiting;
  #next = 0;
  #closed = false;

  constructor(id: number, post: Post<ToThread<T>>, listener: LineListener<T>, onClose: () => void) {
    this.#id = id;
    this.#post = post;
    this.#listener = listener;
    this.#onClose = onClose;
    this.opened = new Promise<void>((resolve, reject) => {
      this.#opening = { resolve, reject };
    });
    // Not everybody waits for it; the listener hears of a failure all the same.
    this.opened.catch(() => {});
  }

  /** @param handOver buffers that the thread gets instead of copies */
  say(work: T['work'], handOver?: readonly ArrayBufferLike[]): void {
    if (!this.#closed) this.#post({ line: this.#id, work }, handOver);
  }

  /** Rejects with `thread-ended` when there is nobody to answer. */
  ask<N extends keyof T['questions']>(name: N, ask: T['questions'][N]['ask']): Promise<T['questions'][N]['answer']> {
    if (this.#closed) return Promise.reject(new ServerError('thread-ended', 'the line is closed'));
    const question = this.#next++;
    this.#post({ line: this.#id, question, name, ask });
    return new Promise((resolve, reject) => this.#waiting.set(question, { resolve, reject }));
  }

  take(message: FromThread<T>): void {
    if ('result' in message) this.#listener.take(message.result);
    else if ('opened' in message) this.#opening.resolve(undefined as never);
    else if (message.question !== undefined) this.#answered(message.question, message);
    else if ('failed' in message) this.#fail(asError(message.failed));
  }

  #answered(question: number, answer: { readonly answer: unknown } | { readonly failed: Failure }): void {
    const waiting = this.#waiting.get(question);
    this.#waiting.delete(question);
    if ('failed' in answer) waiting?.reject(asError(answer.failed));
    else waiting?.resolve(answer.answer as never);
  }

  #fail(error: unknown): void {
    this.#opening.reject(error);
    this.#listener.failed(error);
  }

  /** The thread is gone. */
  lost(error: ServerError): void {
    this.#end(error);
    this.#fail(error);
  }

  /** Nothing more is said or taken. */
  close(): void {
    if (this.#closed) return;
    this.#post({ line: this.#id, end: true });
    this.#end(new ServerError('thread-ended', 'the line is closed'));
  }

  #end(error: ServerError): void {
    this.#closed = true;
    this.#onClose();
    for (const { reject } of this.#waiting.values()) reject(error);
  }
}

function asError({ code, error }: Failure): unknown {
  return code === null ? error : new ServerError(code, (error as Error).message);
}
