/** The relay: speaks with the voice of an upstream Moshi server, so that an existing deployment gets an identity unchanged. */
import { ChatClient } from '../chat/client.ts';
import {
  type Conversation,
  type ConversationOptions,
  type Engine,
  FRAME_SAMPLES,
  type Persona,
  type SpokenFrame,
} from './engine.ts';

/** Frames kept when the upstream is ahead: beyond them the oldest are dropped, or the call would lag more and more. */
const MOST_AHEAD = 8;

export class RelayEngine implements Engine {
  readonly name = 'relay';
  /** The upstream knows its voices. */
  readonly voices: readonly string[] = [];
  readonly drifts = true;
  readonly reinjects = false;
  readonly #upstream: string;

  /** @param upstream ws:// or wss:// address of the upstream's `/api/chat` */
  constructor(upstream: string) {
    this.#upstream = upstream;
  }

  async open(options: ConversationOptions): Promise<Conversation> {
    const conversation = new RelayConversation(this.#upstream, options);
    await conversation.connect(options.persona);
    return conversation;
  }

  async close(): Promise<void> {}
}

class RelayConversation implements Conversation {
  readonly #upstream: string;
  readonly #options: ConversationOptions;
  #persona: Persona;
  #line: ChatClient | null = null;
  #frames: Float32Array[] = [];
  #text = '';

  constructor(upstream: string, options: ConversationOptions) {
    this.#upstream = upstream;
    this.#options = options;
    this.#persona = options.persona;
  }

  get persona(): Persona {
    return this.#persona;
  }

  /** The protocol sets a persona when a connection begins, so that a change is a new connection. */
  async connect(persona: Persona): Promise<void> {
    const line = await ChatClient.open(address(this.#upstream, persona, this.#options), {
      frame: (samples) => this.#frame(samples),
      text: (text) => {
        this.#text += text;
      },
      ended: (reason) => {
        if (this.#line === line)
          this.#options.onEvent({
            type: 'failed',
            code: 'engine-unavailable',
            message: `the upstream ended the call: ${reason}`,
          });
      },
    });
    this.#line?.close();
    this.#line = line;
    this.#persona = persona;
  }

  #frame(samples: Float32Array): void {
    this.#frames.push(samples);
    if (this.#frames.length > MOST_AHEAD) this.#frames.shift();
  }

  listen(frame: Float32Array): void {
    this.#line?.send(frame);
  }

  speak(): SpokenFrame {
    const text = this.#text;
    this.#text = '';
    return { samples: this.#frames.shift() ?? new Float32Array(FRAME_SAMPLES), text };
  }

  async setPersona(change: Partial<Persona>): Promise<void> {
    const persona = { ...this.#persona, ...change };
    // An upstream cannot be given its persona again without losing the conversation.
    if (persona.voice !== this.#persona.voice || persona.role !== this.#persona.role) await this.connect(persona);
  }

  interrupt(): void {
    this.#frames = [];
    this.#text = '';
  }

  async close(): Promise<void> {
    this.#line?.close();
    this.#line = null;
  }
}

/** The address with persona and sampling as the PersonaPlex web client writes them. */
function address(upstream: string, { voice, role }: Persona, { sampling }: ConversationOptions): URL {
  const url = new URL(upstream);
  const values = {
    text_prompt: role || undefined,
    voice_prompt: voice || undefined,
    text_temperature: sampling.textTemperature,
    text_topk: sampling.textTopK,
    audio_temperature: sampling.audioTemperature,
    audio_topk: sampling.audioTopK,
    pad_mult: sampling.padMultiplier,
    repetition_penalty: sampling.repetitionPenalty,
    repetition_penalty_context: sampling.repetitionPenaltyContext,
    text_seed: sampling.textSeed,
    audio_seed: sampling.audioSeed,
    max_steps: sampling.maxSteps,
  };
  for (const [name, value] of Object.entries(values)) if (value !== undefined) url.searchParams.set(name, String(value));
  return url;
}
