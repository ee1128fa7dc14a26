/** What the agent says: on time, marked, sent, and its records published beside it. */
import type { SlotRecord } from '@undertone/token';
import { encodeMessage } from '../chat/protocol.ts';
import type { Conversation } from '../engines/engine.ts';
import { ServerError } from '../errors.ts';
import type { Load } from '../load.ts';
import type { VoiceOptions } from '../media/marked-out.ts';
import type { Metrics } from '../metrics.ts';
import type { Notice, Said } from '../voice-threads/link.ts';
import type { VoiceThread } from '../voice-threads/voice-threads.ts';
import { MarkCount, type MarkStats } from './mark-count.ts';
import { Mouth } from './mouth.ts';
import type { CallSessions } from './sessions.ts';
import { Speaker } from './speaker.ts';

export interface SpeechOptions {
  readonly thread: VoiceThread;
  readonly sessions: CallSessions;
  /** The conversation that speaks; a call may change it. */
  readonly conversation: () => Conversation;
  readonly voice: VoiceOptions;
  readonly load: Load;
  readonly metrics: Metrics;
  readonly send: (message: Uint8Array) => void;
  readonly onNotice: (code: Notice['notice']) => void;
  /** Gets the marked samples as they go out; null: nobody wants them. */
  readonly onSound: ((samples: Float32Array) => void) | null;
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
  /** The packets that are being marked and encoded: their text, and when they were due. */
  readonly #saying: { readonly text: string; readonly dueMs: number }[] = [];
  #stopped = false;

  static async open(options: SpeechOptions): Promise<Speech> {
    const { thread, sessions, voice, onNotice, onSound, failed } = options;
    let speech: Speech | undefined;
    const mouth = await Mouth.open({
      thread,
      voice,
      session: sessions.session,
      echo: onSound !== null,
      onSaid: (said) => speech!.#said(said),
      onRecord: (record) => publish(record, options),
      onSessionEnd: (cardHash, checkpoints) => sessions.ended(cardHash, checkpoints),
      onNotice,
      failed,
    });
    sessions.speakWith(mouth);
    speech = new Speech(options, mouth);
    return speech;
  }

  private constructor(options: SpeechOptions, mouth: Mouth) {
    const { conversation, metrics, failed } = options;
    this.#options = options;
    this.#mouth = mouth;
    this.#marks = new MarkCount(mouth, metrics);
    this.#speaker = new Speaker(conversation, {
      packet: (samples, text, dueMs) => this.#say(samples, text, dueMs),
      engineLate: () => metrics.engineLate.inc(),
      failed,
    });
  }

  #say(samples: Float32Array, text: string, dueMs: number): void {
    if (this.#stopped) return;
    this.#saying.push({ text, dueMs });
    if (performance.now() - this.#saying[0].dueMs > MOST_LATE_MS)
      this.#options.failed(new ServerError('server-overloaded', 'speech is not made as fast as it is spoken'));
    else this.#mouth.say(samples);
  }

  #said({ data, samples, ms }: Said): void {
    const { load, metrics, send, onSound } = this.#options;
    const { text, dueMs } = this.#saying.shift()!;
    if (this.#stopped) return;
    if (text !== '') send(encodeMessage({ type: 'text', text }));
    send(encodeMessage({ type: 'audio', data }));
    const latenessMs = performance.now() - dueMs;
    metrics.lateness.observe(latenessMs / 1000);
    metrics.marking.observe(ms / 1000);
    load.observe(latenessMs);
    this.#marks.packet();
    if (samples) onSound?.(samples);
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
  async close(): Promise<MarkStats> {
    this.stop();
    await this.#mouth.close();
    return this.#marks.update(true);
  }
}

function publish(record: SlotRecord, { sessions, metrics, failed }: SpeechOptions): void {
  sessions.publish(record).then(
    () => metrics.records.inc({ outcome: 'stored' }),
    (error: Error) => {
      metrics.records.inc({ outcome: 'failed' });
      failed(new ServerError('identity-unavailable', error.message));
    },
  );
}
