/** What the agent says: on time, marked, sent, and its records published beside it. */
import type { EncoderNotice } from '@undertone/encoder';
import { encodeMessage } from '../chat/protocol.ts';
import type { Conversation } from '../engines/engine.ts';
import { ServerError } from '../errors.ts';
import type { Load } from '../load.ts';
import type { Metrics } from '../metrics.ts';
import { MarkCount, type MarkStats } from './mark-count.ts';
import { Mouth, type VoiceOptions } from './mouth.ts';
import type { CallSessions } from './sessions.ts';
import { Speaker } from './speaker.ts';

export interface SpeechOptions {
  readonly sessions: CallSessions;
  /** The conversation that speaks; a call may change it. */
  readonly conversation: () => Conversation;
  readonly voice: VoiceOptions;
  readonly load: Load;
  readonly metrics: Metrics;
  readonly send: (message: Uint8Array) => void;
  readonly onNotice: (notice: EncoderNotice) => void;
  readonly onSound: (samples: Float32Array) => void;
  /** Speech cannot go on. */
  readonly failed: (error: unknown) => void;
}

/** Beyond the disclosure delay nothing that is heard can become live any more: such a call is ended, not dragged on. */
const MOST_LATE_MS = 5000;

/** The speech of one call. */
export class Speech {
  readonly #options: SpeechOptions;
  readonly #mouth: Mouth;
  readonly #marks: MarkCount;
  readonly #speaker: Speaker;
  #stopped = false;

  static async open(options: SpeechOptions): Promise<Speech> {
    const { sessions, voice, onNotice, onSound, metrics, failed } = options;
    const mouth = await Mouth.open({
      ...voice,
      session: sessions.session,
      onNotice,
      onSound,
      onRecord: (record) =>
        sessions.publish(record).then(
          () => metrics.records.inc({ outcome: 'stored' }),
          (error: Error) => {
            metrics.records.inc({ outcome: 'failed' });
            failed(new ServerError('identity-unavailable', error.message));
          },
        ),
      onSessionEnd: (session, checkpoints) => sessions.ended(session, checkpoints),
    });
    sessions.speakWith(mouth);
    return new Speech(options, mouth);
  }

  private constructor(options: SpeechOptions, mouth: Mouth) {
    const { conversation, metrics, failed } = options;
    this.#options = options;
    this.#mouth = mouth;
    this.#marks = new MarkCount(mouth, metrics);
    this.#speaker = new Speaker(conversation, {
      packet: (samples, text, latenessMs) => this.#say(samples, text, latenessMs),
      engineLate: () => metrics.engineLate.inc(),
      failed,
    });
  }

  #say(samples: Float32Array, text: string, latenessMs: number): void {
    const { load, metrics, send, failed } = this.#options;
    if (this.#stopped) return;
    metrics.lateness.observe(latenessMs / 1000);
    load.observe(latenessMs);
    if (latenessMs > MOST_LATE_MS) {
      failed(new ServerError('server-overloaded', 'speech is not made as fast as it is spoken'));
      return;
    }
    if (text !== '') send(encodeMessage({ type: 'text', text }));
    const done = metrics.marking.startTimer();
    const data = this.#mouth.say(samples);
    done();
    send(encodeMessage({ type: 'audio', data }));
    this.#marks.packet();
  }

  start(): void {
    this.#speaker.start();
  }

  /** While paused the stream goes on, silent. */
  pause(paused: boolean): void {
    this.#speaker.pause(paused);
  }

  /** Drops what was said but is not out yet. */
  interrupt(): void {
    this.#speaker.interrupt();
    this.#mouth.interrupt();
  }

  /** What became of the mark so far. */
  marks(): MarkStats {
    return this.#marks.update();
  }

  stop(): void {
    this.#stopped = true;
    this.#speaker.stop();
  }

  /** Signs what remains. */
  close(): MarkStats {
    this.stop();
    this.#mouth.close();
    return this.#marks.update(true);
  }
}
