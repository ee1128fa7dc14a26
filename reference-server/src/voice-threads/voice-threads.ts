/**
 * The threads that decode, mark and encode: what a call costs beside the engine. Each carries many calls; a call stays where it began.
 * Clocks, sockets, sessions and the engine's conversations stay in the main thread.
 */
import { availableParallelism } from 'node:os';
import type { Logger } from '../logging.ts';
import type { Metrics } from '../metrics.ts';
import { Thread } from '../threads/thread.ts';
import type { VoiceThreadTalk } from './link.ts';

export type VoiceThread = Thread<VoiceThreadTalk>;

/** The answers of a model come for all calls at once, so that more threads than the mean load needs make them less late. */
const MOST_BY_DEFAULT = 16;

/** How long a thread may take to answer: a call that waits longer has long ended. */
const PATIENCE_MS = 30_000;
const PROGRAM = 'voice-threads/voice-thread-main';

/** Half of the processors: the others are for the main thread, the model, detectors, the database and whoever else is there. */
export const defaultVoiceThreads = (): number => Math.min(MOST_BY_DEFAULT, Math.max(1, availableParallelism() >> 1));

export class VoiceThreads {
  readonly #threads: readonly VoiceThread[];

  constructor(count: number, logger: Logger, metrics: Metrics) {
    this.#threads = Array.from(
      { length: count },
      (_, i) => new Thread({ program: PROGRAM, name: `voice-${i}`, patienceMs: PATIENCE_MS, logger, metrics }),
    );
  }

  /** The one with the fewest calls. */
  get leastLoaded(): VoiceThread {
    return this.#threads.reduce((least, thread) => (thread.lines < least.lines ? thread : least));
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.close()));
  }
}
