/** The persona of one call: changed, given again, its voice followed, and everything that happens to it recorded. */
import { operatorNowMs } from '../clock.ts';
import type { Continuity, FollowedVoice } from '../continuity/continuity.ts';
import type { Conversation, Engine, Persona } from '../engines/engine.ts';
import { ServerError } from '../errors.ts';
import type { PersonaEvent } from '../identity.ts';
import type { Metrics } from '../metrics.ts';
import type { CallSessions } from './sessions.ts';

export interface PersonaOptions {
  readonly engine: Engine;
  /** Null: the voice is not followed. */
  readonly continuity: Continuity | null;
  readonly metrics: Metrics;
  readonly sessions: CallSessions;
  /** The conversation that speaks; a call may change it. */
  readonly conversation: () => Conversation;
  /** Lets the client know. */
  readonly tell: (data: unknown) => void;
  readonly failed: (error: unknown) => void;
}

export class PersonaKeeper {
  readonly #options: PersonaOptions;
  readonly #voice: FollowedVoice | undefined;
  #closed = false;

  constructor(options: PersonaOptions) {
    const { continuity, conversation, metrics } = options;
    this.#options = options;
    this.#voice = continuity?.follow(conversation().persona.voice, {
      distance: (distance) => metrics.voiceDistance.observe(distance),
      drifted: (distance) => this.#drifted(distance),
    });
  }

  /** Takes what the agent says, as it goes out; null: the voice is not followed. */
  get listener(): ((samples: Float32Array) => void) | null {
    const voice = this.#voice;
    return voice ? (samples) => voice.hear(samples) : null;
  }

  /** Another voice or role; a voice that the engine does not have is refused, and the call goes on. */
  change(change: Partial<Persona>): void {
    if (Object.keys(change).length === 0) this.giveAgain();
    else this.#set(change, 'persona-changed');
  }

  /** The persona in force once more, where that makes a difference. */
  giveAgain(): void {
    if (this.#options.engine.reinjects) this.#set({}, 'persona-reinjected');
  }

  #set(change: Partial<Persona>, type: 'persona-changed' | 'persona-reinjected'): void {
    const { conversation, sessions } = this.#options;
    const speaker = conversation();
    const before = speaker.persona;
    speaker
      .setPersona(change)
      .then(async () => {
        const { persona } = speaker;
        if (persona.voice !== before.voice) this.#voice?.changed(persona.voice);
        await this.#record({ type, atMs: Math.floor(operatorNowMs()), persona });
        sessions.changed(persona);
      })
      .catch((error) => {
        if (error instanceof ServerError && error.code === 'engine-unknown-voice')
          this.#options.tell({ type: 'refused', code: error.code, message: error.message });
        else this.#options.failed(error);
      });
  }

  /** The voice has wandered from its reference. */
  #drifted(distance: number): void {
    if (this.#closed) return;
    this.#record({ type: 'voice-drift', atMs: Math.floor(operatorNowMs()), distance }).catch(this.#options.failed);
    this.giveAgain();
  }

  #record(event: PersonaEvent): Promise<void> {
    const { metrics, sessions, tell } = this.#options;
    metrics.personaEvents.inc({ type: event.type });
    tell(event);
    return sessions.event(event);
  }

  close(): void {
    this.#closed = true;
    this.#voice?.close();
  }
}
