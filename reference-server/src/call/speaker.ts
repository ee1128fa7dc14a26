/** Lets a conversation speak on time: 40 ms of sound every 40 ms, whatever the engine does. */
import { type Conversation, FRAME_MS, FRAME_SAMPLES, type SpokenFrame } from '../engines/engine.ts';
import { PACKET_MS, PACKET_SAMPLES } from '../media/opus-out.ts';
import { Ticker } from './ticker.ts';

/** Where the sound goes. */
export interface SpeakerSink {
  /** {@link PACKET_SAMPLES} samples that are due since a time of `performance.now()`. */
  packet(samples: Float32Array, text: string, dueMs: number): void;
  /** The engine did not deliver a frame in time: silence took its place. */
  engineLate(): void;
  failed(error: unknown): void;
}

const TICKS_PER_FRAME = FRAME_MS / PACKET_MS;
const SILENCE: SpokenFrame = { samples: new Float32Array(FRAME_SAMPLES), text: '' };

interface Packet {
  readonly samples: Float32Array;
  readonly text: string;
}

/** Asks for a frame every 80 ms and gives out its halves when they are due, so that an interruption stops at most one half. */
export class Speaker {
  readonly #conversation: () => Conversation;
  readonly #sink: SpeakerSink;
  readonly #ticker = new Ticker(PACKET_MS, (tick, dueMs) => this.#tick(tick, dueMs));
  readonly #waiting: Packet[] = [];
  /** Times at which packets were due that are not out yet. */
  readonly #owed: number[] = [];
  #asked = false;
  #paused = false;

  /** @param conversation asked at every frame, because a call may change it */
  constructor(conversation: () => Conversation, sink: SpeakerSink) {
    this.#conversation = conversation;
    this.#sink = sink;
  }

  start(): void {
    this.#ticker.start();
  }

  stop(): void {
    this.#ticker.stop();
  }

  /** While paused the stream goes on, silent. */
  pause(paused: boolean): void {
    this.#paused = paused;
  }

  /** Turns what waits into silence. */
  interrupt(): void {
    for (let i = 0; i < this.#waiting.length; i++) this.#waiting[i] = { samples: new Float32Array(PACKET_SAMPLES), text: '' };
  }

  #tick(tick: number, dueMs: number): void {
    this.#owed.push(dueMs);
    if (tick % TICKS_PER_FRAME === 0) this.#ask();
    this.#flush();
  }

  #ask(): void {
    if (this.#asked) {
      this.#sink.engineLate();
      this.#take(SILENCE);
      return;
    }
    try {
      const frame = this.#conversation().speak();
      if (!(frame instanceof Promise)) {
        this.#take(frame);
        return;
      }
      this.#asked = true;
      frame.then(
        (late) => {
          this.#asked = false;
          this.#take(late);
          this.#flush();
        },
        (error) => this.#sink.failed(error),
      );
    } catch (error) {
      this.#sink.failed(error);
    }
  }

  #take({ samples, text }: SpokenFrame): void {
    const heard = this.#paused ? SILENCE.samples : samples;
    for (let i = 0; i < TICKS_PER_FRAME; i++)
      this.#waiting.push({
        samples: heard.subarray(i * PACKET_SAMPLES, (i + 1) * PACKET_SAMPLES),
        text: i === 0 && !this.#paused ? text : '',
      });
  }

  #flush(): void {
    while (this.#owed.length > 0 && this.#waiting.length > 0) {
      const dueMs = this.#owed.shift()!;
      const { samples, text } = this.#waiting.shift()!;
      this.#sink.packet(samples, text, dueMs);
    }
  }
}
