/** What the caller says: decoded by a voice thread, bounded, given to the conversation and to the detector. */
import type { ResolvedSession } from '@undertone/channel';
import type { Caller, CallerEvent, Callers } from '../callers/callers.ts';
import type { Conversation } from '../engines/engine.ts';
import { ServerError } from '../errors.ts';
import type { Metrics } from '../metrics.ts';
import type { Line } from '../threads/line.ts';
import type { EarTalk } from '../voice-threads/link.ts';
import type { VoiceThread } from '../voice-threads/voice-threads.ts';
import { RateLimit } from './limits.ts';

export interface HearingOptions {
  readonly thread: VoiceThread;
  /** Null: callers are not listened to with a detector. */
  readonly callers: Callers | null;
  readonly metrics: Metrics;
  /** The conversation that listens; a call may change it. */
  readonly conversation: () => Conversation;
  /** Called with the first frame. */
  readonly onFirst: () => void;
  readonly onCaller: (event: CallerEvent) => void;
  /** The caller cannot be heard, with `chat-too-fast` or `chat-bad-audio` by its own fault. */
  readonly failed: (error: unknown) => void;
}

/** Frames a second that a caller may send: a little more than live, and at once what had waited in the network. */
const FRAMES_PER_SECOND = 15;
const FRAMES_AT_ONCE = 375;

/** The hearing of one call. */
export class Hearing {
  readonly #options: HearingOptions;
  readonly #ear: Line<EarTalk>;
  #caller: Caller | undefined;
  readonly #frames = new RateLimit(FRAMES_PER_SECOND, FRAMES_AT_ONCE);
  #begun = false;

  /** Fulfilled when the codec is ready. */
  static async open(options: HearingOptions): Promise<Hearing> {
    const hearing = new Hearing(options);
    await hearing.#ear.opened;
    hearing.#caller = options.callers?.listen((event) => hearing.#learnt(event));
    return hearing;
  }

  private constructor(options: HearingOptions) {
    const { thread, failed } = options;
    this.#options = options;
    this.#ear = thread.open<EarTalk>({ ear: true }, { take: (heard) => this.#heard(heard), failed });
  }

  /** Takes a message's Ogg bytes. */
  hear(ogg: Uint8Array): void {
    const own = new Uint8Array(ogg);
    this.#ear.say({ ogg: own }, [own.buffer]);
  }

  #heard({ frames, badPackets }: EarTalk['result']): void {
    const { metrics, conversation, onFirst } = this.#options;
    metrics.badPackets.inc(badPackets);
    if (!this.#frames.allows(frames.length)) throw new ServerError('chat-too-fast', 'sound arrives faster than it is spoken');
    if (frames.length > 0 && !this.#begun) onFirst();
    for (const frame of frames) {
      this.#begun = true;
      conversation().listen(frame);
      this.#caller?.hear(frame);
    }
  }

  /** The caller says under which session it speaks itself. */
  expect(session: ResolvedSession): void {
    this.#caller?.expect(session);
  }

  #learnt(event: CallerEvent): void {
    const { metrics, onCaller } = this.#options;
    if (event.type === 'state') metrics.callerStates.inc({ state: event.state });
    else if (event.type === 'given-up') metrics.callersGivenUp.inc();
    onCaller(event);
  }

  close(): void {
    this.#caller?.close();
    this.#ear.close();
  }
}
