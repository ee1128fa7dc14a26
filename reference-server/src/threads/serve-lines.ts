/** The thread's side of the lines to it. */
import { parentPort } from 'node:worker_threads';
import { ServerError } from '../errors.ts';
import type { FromThread, Post, Talk, ToThread } from './talk.ts';

type Answers<Q extends Talk['questions']> = { readonly [N in keyof Q]: (ask: Q[N]['ask']) => Q[N]['answer'] };

/** Who works at this end of a line. What is thrown is told to the other end. */
export interface LineEnd<T extends Talk> {
  take(work: T['work']): void;
  readonly answers: Answers<T['questions']>;
  end(): void;
}

/** Works for every line that is opened, in the order in which things are said on it. */
export function serveLines<T extends Talk>(
  open: (setup: T['setup'], post: Post<T['result']>) => LineEnd<T> | Promise<LineEnd<T>>,
): void {
  const port = parentPort!;
  const ends = new Map<number, Promise<LineEnd<T>>>();
  const post = (message: FromThread<T>, handOver: readonly ArrayBufferLike[] = []): void =>
    port.postMessage(message, handOver as ArrayBuffer[]);

  const take = async (said: ToThread<T>): Promise<void> => {
    const { line } = said;
    if ('setup' in said) {
      const opening = (async () => open(said.setup, (result, handOver) => post({ line, result }, handOver)))();
      ends.set(line, opening);
      await opening;
      post({ line, question: 0, answer: null });
      return;
    }
    const end = await ends.get(line);
    if (!end) return;
    if ('work' in said) end.take(said.work);
    else if ('question' in said) post({ line, question: said.question, answer: end.answers[said.name](said.ask) });
    else {
      ends.delete(line);
      end.end();
    }
  };
  port.on('message', (said: ToThread<T>) => {
    take(said).catch((error) => {
      const failed = { code: error instanceof ServerError ? error.code : null, error };
      // A line that could not be opened is none.
      if ('setup' in said) ends.delete(said.line);
      const question = 'setup' in said ? 0 : 'question' in said ? said.question : null;
      post(question === null ? { line: said.line, failed } : { line: said.line, question, failed });
    });
  });
}
