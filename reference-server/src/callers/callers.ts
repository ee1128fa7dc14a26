/** Listens to callers with detectors: a caller that is an agent too is recognised, and each side verifies the other. */
import type { ResolvedSession } from '@undertone/channel';
import type { DetectorEvent } from '@undertone/detector';
import type { Logger } from '../logging.ts';
import type { Metrics } from '../metrics.ts';
import type { Line } from '../threads/line.ts';
import { Thread } from '../threads/thread.ts';
import type { CallerTalk, CallerTrust } from './link.ts';

/** Frames that the thread may be behind on one caller, 20 s; a detector that hears what long passed helps nobody. */
const MOST_BEHIND = 250;

/** What is learnt about a caller. */
export type CallerEvent = DetectorEvent | { readonly type: 'given-up'; readonly why: 'behind' | 'failed' };

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
  readonly #thread: Thread<CallerTalk>;

  constructor(trust: CallerTrust, logger: Logger, metrics: Metrics) {
    this.#thread = new Thread({ program: 'callers/callers-main', name: 'callers', data: trust, logger, metrics });
  }

  listen(onEvent: (event: CallerEvent) => void): Caller {
    return new HeardCaller(this.#thread, onEvent);
  }

  close(): Promise<void> {
    return this.#thread.close();
  }
}

class HeardCaller implements Caller {
  readonly #line: Line<CallerTalk>;
  readonly #onEvent: (event: CallerEvent) => void;
  #behind = 0;
  #closed = false;
  #expected = false;

  constructor(thread: Thread<CallerTalk>, onEvent: (event: CallerEvent) => void) {
    this.#onEvent = onEvent;
    this.#line = thread.open(null, { take: (events) => this.#heard(events), failed: () => this.#giveUp('failed') });
  }

  hear(frame: Float32Array): void {
    if (this.#closed) return;
    if (++this.#behind > MOST_BEHIND) this.#giveUp('behind');
    else this.#line.say({ frame });
  }

  expect(session: ResolvedSession): void {
    if (this.#closed || this.#expected) return;
    this.#expected = true;
    this.#line.say({ expect: session });
  }

  #heard(events: readonly DetectorEvent[]): void {
    this.#behind--;
    for (const event of events) this.#onEvent(event);
  }

  #giveUp(why: 'behind' | 'failed'): void {
    this.close();
    this.#onEvent({ type: 'given-up', why });
  }

  close(): void {
    this.#closed = true;
    this.#line.close();
  }
}
