/** Listens to callers with detectors: a caller that is an agent too is recognised, and each side verifies the other. */
import { Worker } from 'node:worker_threads';
import type { ResolvedSession } from '@undertone/channel';
import type { DetectorEvent } from '@undertone/detector';
import type { Logger } from '../logging.ts';
import { programUrl } from '../programs.ts';
import type { CallerHeard, CallerSound, CallerTrust } from './link.ts';

/** Frames that the thread may be behind on one caller, 20 s; a detector that hears what long passed helps nobody. */
const MOST_BEHIND = 250;

/** What is learnt about a caller. */
export type CallerEvent = DetectorEvent | { readonly type: 'given-up'; readonly why: 'behind' | 'thread-ended' };

/** One caller. */
export interface Caller {
  /** The next 80 ms. */
  hear(frame: Float32Array): void;
  /** The caller says under which session it speaks, so that nothing waits for a locator. Believed in nothing; counts once. */
  expect(session: ResolvedSession): void;
  close(): void;
}

/** The detectors of a server. */
export class Callers {
  readonly #thread: Worker;
  readonly #open = new Map<number, HeardCaller>();
  #next = 0;

  constructor(trust: CallerTrust, logger: Logger) {
    this.#thread = new Worker(programUrl('callers/callers-main'), { workerData: trust, name: 'callers' });
    this.#thread.on('message', ({ caller, events }: CallerHeard) => this.#open.get(caller)?.heard(events));
    this.#thread.on('error', (error) => {
      logger.error({ err: error }, 'the thread of the detectors ended');
      for (const caller of [...this.#open.values()]) caller.giveUp('thread-ended');
    });
  }

  listen(onEvent: (event: CallerEvent) => void): Caller {
    const id = this.#next++;
    const caller = new HeardCaller(
      (sound) => this.#thread.postMessage({ caller: id, ...sound } as CallerSound),
      onEvent,
      () => this.#open.delete(id),
    );
    this.#open.set(id, caller);
    return caller;
  }

  async close(): Promise<void> {
    await this.#thread.terminate();
  }
}

type Post = (sound: { frame: Float32Array } | { expect: ResolvedSession } | { end: true }) => void;

class HeardCaller implements Caller {
  readonly #post: Post;
  readonly #onEvent: (event: CallerEvent) => void;
  readonly #onClose: () => void;
  #behind = 0;
  #closed = false;
  #expected = false;

  constructor(post: Post, onEvent: (event: CallerEvent) => void, onClose: () => void) {
    this.#post = post;
    this.#onEvent = onEvent;
    this.#onClose = onClose;
  }

  hear(frame: Float32Array): void {
    if (this.#closed) return;
    if (++this.#behind > MOST_BEHIND) this.giveUp('behind');
    else this.#post({ frame });
  }

  expect(session: ResolvedSession): void {
    if (this.#closed || this.#expected) return;
    this.#expected = true;
    this.#post({ expect: session });
  }

  heard(events: readonly DetectorEvent[]): void {
    this.#behind--;
    for (const event of events) this.#onEvent(event);
  }

  giveUp(why: 'behind' | 'thread-ended'): void {
    this.close();
    this.#onEvent({ type: 'given-up', why });
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#post({ end: true });
    this.#onClose();
  }
}
