/** What the caller says: bounded, decoded, given to the conversation and to the detector. */
import type { ResolvedSession } from '@undertone/channel';
import type { Caller, CallerEvent, Callers } from '../callers/callers.ts';
import type { Conversation } from '../engines/engine.ts';
import { ServerError } from '../errors.ts';
import { OpusIn } from '../media/opus-in.ts';
import type { Metrics } from '../metrics.ts';
import { RateLimit } from './limits.ts';

export interface HearingOptions {
  /** Null: callers are not listened to with a detector. */
  readonly callers: Callers | null;
  readonly metrics: Metrics;
  /** The conversation that listens; a call may change it. */
  readonly conversation: () => Conversation;
  /** Called with the first frame. */
  readonly onFirst: () => void;
  readonly onCaller: (event: CallerEvent) => void;
}

/** Frames a second that a caller may send: a little more than live, and at once what had waited in the network. */
const FRAMES_PER_SECOND = 15;
const FRAMES_AT_ONCE = 375;

/** The hearing of one call. */
export class Hearing {
  readonly #options: HearingOptions;
  readonly #ear: OpusIn;
  readonly #caller: Caller | undefined;
  readonly #frames = new RateLimit(FRAMES_PER_SECOND, FRAMES_AT_ONCE);
  #begun = false;

  static async open(options: HearingOptions): Promise<Hearing> {
    return new Hearing(options, await OpusIn.open());
  }

  private constructor(options: HearingOptions, ear: OpusIn) {
    this.#options = options;
    this.#ear = ear;
    this.#caller = options.callers?.listen((event) => this.#learnt(event));
  }

  /** Takes a message's Ogg bytes. Throws ServerError `chat-too-fast` or `chat-bad-audio`. */
  hear(ogg: Uint8Array): void {
    const { metrics, conversation, onFirst } = this.#options;
    const bad = this.#ear.badPackets;
    const frames = this.#ear.push(ogg);
    metrics.badPackets.inc(this.#ear.badPackets - bad);
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
