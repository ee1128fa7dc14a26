/** A conversation of the demonstration engine: small talk that reacts to when the caller speaks. */
import type { VoiceName } from '../../voice/index.ts';
import {
  type Conversation,
  type ConversationOptions,
  FRAME_MS,
  FRAME_SAMPLES,
  type Persona,
  type SpokenFrame,
} from '../engine.ts';
import { type Activity, VoiceActivity } from './activity.ts';
import { Phrase } from './phrase.ts';
import type { PhraseBook } from './phrase-book.ts';
import { ABANDONED, BACKCHANNELS, Chance, RESUMES, Script, STILL_THERE } from './script.ts';
import { demoVoice } from './voices.ts';

/** An utterance shorter than this was a "yes" or a cough: the agent takes its sentence up again. */
const SHORT_MS = 700;
/** A pause in the caller's speech that invites a backchannel, and how long the caller must have spoken before. */
const BACKCHANNEL_PAUSE_MS = 160;
const BACKCHANNEL_AFTER_MS = 2400;
/** Silence of both after which the agent speaks up, doubled each time. */
const PATIENCE_MS = 7000;
/** How often the agent begins before it is sure that the caller has finished, and gives up a sentence of its own. */
const EAGERNESS = 0.2;
const EAGER_PAUSE_MS = 240;
const HESITATION = 0.15;
const SILENCE: SpokenFrame = { samples: new Float32Array(FRAME_SAMPLES), text: '' };

export class DemoConversation implements Conversation {
  readonly #options: ConversationOptions;
  readonly #book: PhraseBook;
  readonly #chance: Chance;
  readonly #activity = new VoiceActivity();
  #persona: Persona;
  #script: Script;
  #heard: Activity = { speaking: false, utteranceMs: 0, silenceMs: 0 };
  #phrase: Phrase | null = null;
  /** Texts to come. The first may be at the synthesiser. */
  #next: string[] = [];
  #asked: string | null = null;
  /** What the caller cut off. */
  #cutOff: string | null = null;
  /** The caller has said something that nobody answered yet. */
  #unanswered = false;
  #eager = false;
  #quietMs = 0;
  #patienceMs = PATIENCE_MS;
  #closed = false;

  constructor(options: ConversationOptions, book: PhraseBook) {
    const { persona, sampling } = options;
    this.#options = options;
    this.#book = book;
    this.#chance = new Chance(sampling.textSeed ?? sampling.audioSeed, sampling.textTemperature);
    this.#persona = { voice: demoVoice(persona.voice), role: persona.role };
    this.#script = new Script(persona.role, this.#chance);
    this.#say(this.#script.greeting);
  }

  get persona(): Persona {
    return this.#persona;
  }

  listen(frame: Float32Array): void {
    const before = this.#heard;
    this.#heard = this.#activity.push(frame);
    const { speaking, silenceMs, utteranceMs } = this.#heard;
    if (speaking && !before.speaking) {
      this.#eager = this.#chance.happens(EAGERNESS);
      this.#patienceMs = PATIENCE_MS;
    }
    const goesOn = silenceMs < FRAME_MS && before.silenceMs >= EAGER_PAUSE_MS;
    if (speaking && (!before.speaking || goesOn)) this.#giveWay();
    // A backchannel falls into the caller's short pauses, and may well overlap what follows.
    const pause = silenceMs >= BACKCHANNEL_PAUSE_MS && before.silenceMs < BACKCHANNEL_PAUSE_MS;
    if (speaking && pause && utteranceMs > BACKCHANNEL_AFTER_MS && !this.#phrase && this.#chance.happens(0.5))
      this.#say(this.#chance.pick(BACKCHANNELS));
  }

  /** The caller speaks, or goes on after a pause that the agent took for the end: what is being said stops, at once. */
  #giveWay(): void {
    this.#unanswered = true;
    if (this.#phrase && !this.#phrase.yields) return;
    const heard = this.#phrase !== null;
    this.#cutOff = this.#phrase?.text ?? this.#next[0] ?? null;
    this.#drop();
    if (heard) this.#options.onEvent({ type: 'barge-in' });
  }

  #drop(): void {
    this.#phrase = null;
    this.#asked = null;
    this.#next = [];
  }

  speak(): SpokenFrame {
    if (this.#phrase?.over) this.#phrase = null;
    if (!this.#phrase && this.#next.length === 0) this.#decide();
    if (!this.#phrase && this.#next.length > 0) this.#fetch();
    this.#quietMs = this.#phrase || this.#heard.speaking ? 0 : this.#quietMs + FRAME_MS;
    return this.#phrase?.next() ?? SILENCE;
  }

  /** Nothing is being said: is there something to say? */
  #decide(): void {
    const { speaking, silenceMs, utteranceMs } = this.#heard;
    if (this.#unanswered && (!speaking || (this.#eager && silenceMs >= EAGER_PAUSE_MS))) this.#answer(utteranceMs);
    else if (!speaking && this.#quietMs >= this.#patienceMs) {
      this.#patienceMs *= 2;
      this.#say(this.#chance.pick(STILL_THERE));
    }
  }

  #answer(utteranceMs: number): void {
    this.#unanswered = false;
    if (this.#cutOff !== null && utteranceMs < SHORT_MS) this.#say(this.#chance.pick(RESUMES), this.#cutOff);
    else {
      if (this.#chance.happens(HESITATION)) this.#say(this.#chance.pick(ABANDONED));
      this.#say(this.#script.answer(utteranceMs));
    }
    this.#cutOff = null;
  }

  #say(...texts: string[]): void {
    this.#next.push(...texts);
  }

  /** Has the next text synthesised; until it comes the agent is silent. */
  #fetch(): void {
    const text = this.#next[0];
    if (this.#asked === text) return;
    this.#asked = text;
    const { voice } = this.#persona;
    this.#book.get(voice as VoiceName, text).then(
      (samples) => {
        // Meanwhile the caller may have spoken, or somebody may have asked for another voice.
        if (this.#closed || this.#asked !== text || this.#persona.voice !== voice) return;
        this.#asked = null;
        this.#next.shift();
        this.#phrase = new Phrase(text, samples, !BACKCHANNELS.includes(text));
      },
      (error: Error) => {
        if (!this.#closed) this.#options.onEvent({ type: 'failed', code: 'engine-unavailable', message: error.message });
      },
    );
  }

  async setPersona(change: Partial<Persona>): Promise<void> {
    const { voice = this.#persona.voice, role = this.#persona.role } = change;
    const next = { voice: demoVoice(voice), role };
    if (next.voice === this.#persona.voice && next.role === this.#persona.role) return;
    this.#persona = next;
    this.#script = new Script(role, this.#chance);
    this.#drop();
    this.#say(this.#script.greeting);
  }

  interrupt(): void {
    this.#drop();
    this.#unanswered = false;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#drop();
  }
}
