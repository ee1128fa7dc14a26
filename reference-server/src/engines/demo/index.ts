/** The demonstration engine: needs no weights, so that everything is alive on a laptop. */
import { VOICES } from '../../voice/index.ts';
import type { Conversation, ConversationOptions, Engine } from '../engine.ts';
import { DemoConversation } from './conversation.ts';
import { PhraseBook } from './phrase-book.ts';

export class DemoEngine implements Engine {
  readonly name = 'demo';
  readonly voices: readonly string[] = VOICES;
  readonly drifts = false;
  readonly reinjects = false;
  readonly #book = new PhraseBook();

  async open(options: ConversationOptions): Promise<Conversation> {
    return new DemoConversation(options, this.#book);
  }

  close(): Promise<void> {
    return this.#book.close();
  }
}
