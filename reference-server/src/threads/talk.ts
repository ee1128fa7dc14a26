/** What is said between this process's main thread and another of its threads, on lines: one for everything that is kept there. */
import type { ServerErrorCode } from '../errors.ts';

/** The kinds of things that are said on the lines to one program. */
export interface Talk {
  /** What a line is for. */
  readonly setup: unknown;
  /** To the thread. */
  readonly work: unknown;
  /** From the thread. */
  readonly result: unknown;
  /** To the thread and back, by name. */
  readonly questions: { readonly [name: string]: { readonly ask: unknown; readonly answer: unknown } };
}

export type ToThread<T extends Talk> =
  | { readonly line: number; readonly setup: T['setup'] }
  | { readonly line: number; readonly work: T['work'] }
  | { readonly line: number; readonly question: number; readonly name: keyof T['questions']; readonly ask: unknown }
  | { readonly line: number; readonly end: true };

/** `failed` beside a question: that is not answered; alone: something on the line went wrong. Question 0 is whether the line is open. */
export type FromThread<T extends Talk> =
  | { readonly line: number; readonly result: T['result'] }
  | { readonly line: number; readonly question: number; readonly answer: unknown }
  | { readonly line: number; readonly question?: number; readonly failed: Failure };

/** An error on its way: cloned, it is none of ours any more. */
export interface Failure {
  readonly code: ServerErrorCode | null;
  readonly error: unknown;
}

/** @param handOver buffers that the other side gets instead of copies */
export type Post<Message> = (message: Message, handOver?: readonly ArrayBufferLike[]) => void;
