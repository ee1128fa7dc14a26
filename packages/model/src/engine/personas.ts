/** Personas to prompts: voices and the tokenizer, and the prompts' caches, kept so that a call with a known persona begins at once. */
import type { LmConfig } from '../config.ts';
import { ModelError } from '../errors.ts';
import type { Tokenizer } from '../tokenizer/tokenizer.ts';
import { voiceName } from '../voice/voice-files.ts';
import type { Persona } from './call.ts';
import type { Snapshot } from './kv-cache.ts';
import { type PromptColumns, promptColumns, systemText } from './prompt.ts';
import type { Streams } from './streams.ts';
import type { Voice, Voices } from './voices.ts';

export class Personas {
  private readonly config: LmConfig;
  private readonly tokenizer: Tokenizer | null;
  private readonly voices: Voices;

  constructor(config: LmConfig, tokenizer: Tokenizer | null, voices: Voices) {
    this.config = config;
    this.tokenizer = tokenizer;
    this.voices = voices;
  }

  /** Names of the voices, sorted. */
  get names(): string[] {
    return [...this.voices.keys()].sort();
  }

  /**
   * The columns that give a persona; null when it asks for nothing.
   * @throws ModelError `prompt-invalid`, `voice-malformed`
   */
  columns(persona: Persona, streams: Streams): PromptColumns | null {
    if (persona.voice === '' && persona.role.trim() === '') return null;
    const voice = persona.voice === '' ? null : this.voice(persona.voice);
    return promptColumns(streams, this.config, voice, this.text(persona.role));
  }

  private text(role: string): number[] {
    if (role.trim() === '') return [];
    if (!this.tokenizer)
      throw new ModelError('prompt-invalid', 'a role needs the text tokenizer, which was not found among the weights');
    return this.tokenizer.encode(systemText(role));
  }

  private voice(name: string): Voice {
    // Looked up, never joined to a path: a name from the network stays a name.
    const voice = this.voices.get(voiceName(name));
    if (!voice) throw new ModelError('prompt-invalid', `there is no voice ${JSON.stringify(name.slice(0, 100))}`);
    return voice;
  }
}

/** Keeps the caches of the personas used last, within a number of bytes. */
export class SnapshotStore {
  private readonly limit: number;
  private readonly release: (snapshot: Snapshot) => void;
  private readonly kept = new Map<string, Snapshot>();
  private bytes = 0;

  constructor(limit: number, release: (snapshot: Snapshot) => void) {
    this.limit = limit;
    this.release = release;
  }

  get(persona: Persona): Snapshot | undefined {
    const key = keyOf(persona);
    const snapshot = this.kept.get(key);
    if (snapshot) {
      this.kept.delete(key);
      this.kept.set(key, snapshot);
    }
    return snapshot;
  }

  put(persona: Persona, make: () => Snapshot, bytes: number): void {
    const key = keyOf(persona);
    if (this.kept.has(key) || bytes > this.limit) return;
    while (this.bytes + bytes > this.limit) this.drop();
    this.kept.set(key, make());
    this.bytes += bytes;
  }

  private drop(): void {
    const [key, snapshot] = this.kept.entries().next().value!;
    this.kept.delete(key);
    this.bytes -= snapshot.memory.bytes;
    this.release(snapshot);
  }
}

const keyOf = (persona: Persona): string => JSON.stringify([persona.voice, persona.role]);
