/** One call with the model: what is heard goes in at once, what it says waits until it is due. */
import type { ModelCall, ModelError, Reply } from '@undertone/model';
import { ServerError, type ServerErrorCode } from '../errors.ts';
import { type Conversation, type ConversationOptions, FRAME_SAMPLES, type Persona, type SpokenFrame } from './engine.ts';

/** Frames that the model may be at, and frames said ahead of time that are kept: beyond them the oldest are dropped. */
const MOST_THINKING = 2;
const MOST_AHEAD = 2;
/** Frames during which an answer waited all the time, after which one is left out: it would make every later answer late. */
const PATIENT_FRAMES = 25;
/** How long a frame of the caller that is late is waited for before the model hears silence in its place. */
const GRACE_MS = 40;
const SILENCE: SpokenFrame = { samples: new Float32Array(FRAME_SAMPLES), text: '' };
/** Loudness below which a frame counts as a pause, root of the mean square. */
const PAUSE_LEVEL = 0.005;
/** Frames of pause that end what was interrupted, and the frames after which it ends anyway. */
const PAUSE_FRAMES = 3;
const LONGEST_MUTE_FRAMES = 40;

interface Settings {
  readonly complete: (persona: Persona) => Persona;
  readonly onEvent: ConversationOptions['onEvent'];
  readonly maxFrames: number;
}

export class MoshiConversation implements Conversation {
  readonly #call: ModelCall;
  readonly #settings: Settings;
  /** Answers in the order of what was heard. */
  readonly #replies: Promise<Reply>[] = [];
  #persona: Persona;
  #frames = 0;
  #thinking = 0;
  #waited = 0;
  /** The caller sent nothing for the last frame: the next is not waited for. */
  #absent = false;
  #arrived: () => void = () => {};
  #muted = 0;
  #paused = 0;
  #closed = false;

  constructor(call: ModelCall, persona: Persona, settings: Settings) {
    this.#call = call;
    this.#persona = persona;
    this.#settings = settings;
  }

  get persona(): Persona {
    return this.#persona;
  }

  /** A model that is behind misses what is said meanwhile: hearing it later would answer later and later. */
  listen(frame: Float32Array): void {
    this.#absent = false;
    if (this.#thinking >= MOST_THINKING) return;
    if (this.#frames++ >= this.#settings.maxFrames) {
      this.#fail('the conversation has reached its length');
      return;
    }
    this.#thinking++;
    const reply = this.#call.frame(Float32Array.from(frame)).finally(() => this.#thinking--);
    reply.catch((error: ModelError) => this.#fail(error.message));
    this.#replies.push(reply);
    if (this.#replies.length > this.#thinking + MOST_AHEAD) this.#replies.shift();
    this.#arrived();
  }

  /** When the caller sent nothing in time, the model hears silence. */
  async speak(): Promise<SpokenFrame> {
    if (this.#replies.length === 0 && !this.#absent) await this.#grace();
    if (this.#replies.length === 0) {
      this.listen(new Float32Array(FRAME_SAMPLES));
      this.#absent = true;
    }
    this.#waited = this.#replies.length > 1 ? this.#waited + 1 : 0;
    if (this.#waited > PATIENT_FRAMES) {
      this.#waited = 0;
      this.#replies.shift();
    }
    const reply = this.#replies.shift();
    try {
      return reply ? this.#heard(await reply) : SILENCE;
    } catch {
      // The call has failed, and said so.
      return SILENCE;
    }
  }

  /** Fulfilled when the caller's next frame is here, or is too late. */
  #grace(): Promise<void> {
    return new Promise((resolve) => {
      const late = setTimeout(resolve, GRACE_MS);
      this.#arrived = () => {
        clearTimeout(late);
        resolve();
      };
    });
  }

  async setPersona(change: Partial<Persona>): Promise<void> {
    const persona = this.#settings.complete({ ...this.#persona, ...change });
    try {
      await this.#call.setPersona(persona);
    } catch (error) {
      throw asServerError(error as ModelError);
    }
    this.#persona = persona;
  }

  /** The model cannot be told to stop: its words are withheld until it pauses. */
  interrupt(): void {
    this.#replies.length = 0;
    this.#muted = LONGEST_MUTE_FRAMES;
    this.#paused = 0;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#call.close();
  }

  #heard({ samples, text }: Reply): SpokenFrame {
    if (this.#muted === 0) return { samples, text };
    const level = Math.sqrt(samples.reduce((sum, v) => sum + v * v, 0) / samples.length);
    this.#paused = level < PAUSE_LEVEL ? this.#paused + 1 : 0;
    this.#muted = this.#paused >= PAUSE_FRAMES ? 0 : this.#muted - 1;
    return SILENCE;
  }

  #fail(message: string): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#settings.onEvent({ type: 'failed', code: 'engine-unavailable', message });
  }
}

/** What of the model's codes a caller is told by a code of its own. */
const CODES: Partial<Record<ModelError['code'], ServerErrorCode>> = {
  'prompt-invalid': 'engine-unknown-voice',
  'argument-invalid': 'chat-bad-parameter',
  busy: 'engine-busy',
};

export function asServerError({ code, message }: ModelError): ServerError {
  return new ServerError(CODES[code] ?? 'engine-unavailable', `${code}: ${message}`);
}
