/** Lines to a thread: order, questions, failures, and the thread's own end. */
import { afterEach, expect, it } from 'vitest';
import { createLogger } from '../src/logging.ts';
import { Metrics } from '../src/metrics.ts';
import { Thread } from '../src/threads/thread.ts';
import { until } from './support.ts';

interface Sums {
  readonly setup: { readonly afterMs: number; readonly broken?: boolean };
  readonly work: number | 'die' | 'hang';
  readonly result: number;
  readonly questions: { readonly times: { readonly ask: number; readonly answer: number } };
}

const threads: Thread<Sums>[] = [];
afterEach(async () => {
  for (const thread of threads.splice(0)) await thread.close();
});

function start(options: { readonly patienceMs?: number } = {}): Thread<Sums> {
  const logger = createLogger('silent');
  const program = '../test/fixtures/answering-thread';
  const thread = new Thread<Sums>({ program, name: 'sums', logger, metrics: new Metrics(), ...options });
  threads.push(thread);
  return thread;
}

function open(thread: Thread<Sums>, setup: Sums['setup'] = { afterMs: 0 }) {
  const sums: number[] = [];
  const failures: unknown[] = [];
  const line = thread.open<Sums>(setup, { take: (sum) => sums.push(sum), failed: (error) => failures.push(error) });
  return { line, sums, failures };
}

it('works in order on every line, also on what was said before it was open', async () => {
  const thread = start();
  const [slow, quick] = [open(thread, { afterMs: 100 }), open(thread)];
  for (const { line } of [slow, quick]) for (const amount of [1, 2, 3]) line.say(amount);
  const answers = await Promise.all([slow, quick].map(({ line }) => line.ask('times', 10)));
  expect(answers).toEqual([60, 60]);
  expect([slow.sums, quick.sums]).toEqual([
    [1, 3, 6],
    [1, 3, 6],
  ]);
  expect(thread.lines).toBe(2);
  slow.line.close();
  expect(thread.lines).toBe(1);
  await expect(slow.line.ask('times', 1)).rejects.toMatchObject({ code: 'thread-ended' });
});

it('tells a failure where it belongs: to who asked, to the line, or to who waits for the line', async () => {
  const thread = start();
  const { line, sums, failures } = open(thread);
  await expect(line.ask('times', 0)).rejects.toThrow('times nothing');
  expect(failures).toEqual([]);
  line.say(-1);
  line.say(4);
  expect(await until(() => sums.length === 1)).toBe(true);
  expect(failures.map(String)).toEqual(['RangeError: less than nothing']);
  const broken = open(thread, { afterMs: 0, broken: true });
  await expect(broken.line.opened).rejects.toThrow('it cannot be opened');
  expect(broken.failures.map(String)).toEqual(['Error: it cannot be opened']);
  expect(thread.lines).toBe(1);
});

it('loses its lines when the thread ends by itself, and opens new ones at another', async () => {
  const thread = start();
  const [one, other] = [open(thread), open(thread)];
  await other.line.opened;
  const asked = other.line.ask('times', 1);
  await asked;
  one.line.say('die');
  const never = other.line.ask('times', 1);
  await expect(never).rejects.toMatchObject({ code: 'thread-ended' });
  for (const { failures } of [one, other]) expect(failures).toMatchObject([{ code: 'thread-ended' }]);
  expect(thread.lines).toBe(0);
  const next = open(thread);
  next.line.say(5);
  expect(await next.line.ask('times', 2)).toBe(10);
  other.line.close();
});

it('ends a thread that hangs, so that nobody waits for it for ever', async () => {
  const thread = start({ patienceMs: 5000 });
  const { line, failures } = open(thread);
  await line.opened;
  line.say('hang');
  await expect(line.ask('times', 1)).rejects.toMatchObject({ code: 'thread-ended' });
  expect(failures).toMatchObject([{ code: 'thread-ended' }]);
});

it('ends a line, not the process, where its listener fails', async () => {
  const failures: unknown[] = [];
  const take = (): never => {
    throw new Error('too much');
  };
  const line = start().open<Sums>({ afterMs: 0 }, { take, failed: (error) => failures.push(error) });
  line.say(1);
  await line.ask('times', 1);
  expect(failures.map(String)).toEqual(['Error: too much']);
});
