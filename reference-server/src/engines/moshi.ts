/** The full-duplex model itself: Moshi or PersonaPlex in this process, in a thread of its own. */
import type { EngineInfo, Model, ModelError } from '@undertone/model';
import type { ServerOptions } from '../options.ts';
import type { Conversation, ConversationOptions, Engine, Persona } from './engine.ts';
import { asServerError, MoshiConversation } from './moshi-conversation.ts';

/** Loads the model. Rejects with a ServerError `engine-unavailable` that says what is missing. */
export async function openMoshi(options: ServerOptions): Promise<MoshiEngine> {
  const { weights, randomWeights, provider, context } = options;
  const { openModel } = await import('@undertone/model');
  try {
    const model = await openModel({
      provider: provider ?? (randomWeights === undefined ? 'cuda' : 'cpu'),
      weights: randomWeights === undefined ? { directory: weights! } : { random: randomWeights },
      ...(context === undefined ? {} : { context }),
    });
    return new MoshiEngine(model);
  } catch (error) {
    throw asServerError(error as ModelError);
  }
}

export class MoshiEngine implements Engine {
  readonly name = 'moshi';
  readonly drifts = true;
  readonly reinjects = true;
  readonly voices: readonly string[];
  readonly info: EngineInfo;
  readonly #model: Model;

  constructor(model: Model) {
    this.#model = model;
    this.info = model.info;
    this.voices = model.info.voices;
  }

  async open({ persona, sampling, onEvent }: ConversationOptions): Promise<Conversation> {
    const { maxSteps, ...drawn } = sampling;
    const known = this.#complete(persona);
    try {
      const call = await this.#model.open({ persona: known, sampling: drawn });
      const complete = (p: Persona): Persona => this.#complete(p);
      return new MoshiConversation(call, known, { complete, onEvent, maxFrames: maxSteps ?? Number.POSITIVE_INFINITY });
    } catch (error) {
      throw asServerError(error as ModelError);
    }
  }

  close(): Promise<void> {
    return this.#model.close();
  }

  /** The first voice unless one is named; no role where the weights have no tokenizer to read it with. */
  #complete({ voice, role }: Persona): Persona {
    return { voice: voice || (this.voices[0] ?? ''), role: this.info.takesRoles ? role : '' };
  }
}
