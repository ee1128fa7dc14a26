/** The agent's mouth: what an engine says goes to a voice thread, and comes back marked and encoded. */
import { type Checkpoint, checkNonce, type Session, type SlotRecord } from '@undertone/token';
import type { MarkedFrames, VoiceOptions } from '../media/marked-out.ts';
import type { Line } from '../threads/line.ts';
import type { MouthTalk, Notice, Said } from '../voice-threads/link.ts';
import type { VoiceThread } from '../voice-threads/voice-threads.ts';
import type { Voice } from './sessions.ts';

export interface MouthOptions {
  readonly thread: VoiceThread;
  readonly session: Session;
  readonly voice: VoiceOptions;
  /** Whether the marked samples are wanted too. */
  readonly echo: boolean;
  readonly onSaid: (said: Said) => void;
  readonly onRecord: (record: SlotRecord) => void;
  /** The last record of the session with this card is signed. */
  readonly onSessionEnd: (cardHash: Uint8Array, checkpoints: readonly Checkpoint[]) => void;
  readonly onNotice: (code: Notice['notice']) => void;
  readonly failed: (error: unknown) => void;
}

/** One call's outgoing voice. */
export class Mouth implements Voice {
  readonly #options: MouthOptions;
  readonly #line: Line<MouthTalk>;
  #speaks: Uint8Array;
  #ending = false;
  #marked: MarkedFrames = { framesMarked: 0, framesCarried: 0 };

  /** Fulfilled when codec and encoder are ready. */
  static async open(options: MouthOptions): Promise<Mouth> {
    const mouth = new Mouth(options);
    await mouth.#line.opened;
    return mouth;
  }

  private constructor(options: MouthOptions) {
    const { thread, session, voice, echo, failed } = options;
    this.#options = options;
    this.#speaks = session.cardHash;
    const { bitrate, complexity, lookahead } = voice;
    const setup = { session: session.secrets(), voice: { bitrate, complexity, lookahead }, echo };
    this.#line = thread.open<MouthTalk>(setup, { take: (result) => this.#take(result), failed });
  }

  #take(result: MouthTalk['result']): void {
    const { onSaid, onRecord, onSessionEnd, onNotice } = this.#options;
    if ('data' in result) {
      this.#marked = result.marked;
      onSaid(result);
    } else if ('record' in result) onRecord(result.record);
    else if ('ended' in result) onSessionEnd(result.ended, result.checkpoints);
    else if ('speaks' in result) this.#speaks = result.speaks;
    else onNotice(result.notice);
  }

  /** Has a packet of samples marked and encoded. */
  say(samples: Float32Array): void {
    const own = samples.slice();
    this.#line.say({ samples: own }, [own.buffer]);
  }

  get cardHash(): Uint8Array {
    return this.#speaks;
  }

  async renew(next: Session, lastSlot: number): Promise<boolean> {
    return !this.#ending && this.#line.ask('renew', { session: next.secrets(), lastSlot });
  }

  async challenge(cardHash: Uint8Array, nonce: Uint8Array): Promise<number | null> {
    checkNonce(nonce);
    return this.#ending ? null : this.#line.ask('challenge', { cardHash, nonce });
  }

  /** Drops what was said but is not out yet. */
  interrupt(): void {
    this.#line.say({ interrupt: true });
  }

  /** So far. */
  get marked(): MarkedFrames {
    return this.#marked;
  }

  /** Ends the voice. Fulfilled when the records of the last slots are signed, or nobody is there any more who could. */
  async close(): Promise<void> {
    this.#ending = true;
    try {
      this.#marked = await this.#line.ask('close', null);
    } catch (error) {
      this.#options.failed(error);
    }
    this.#line.close();
  }
}
