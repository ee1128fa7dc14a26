/** Personas to prompts: voice files and the tokenizer, and the prompts' caches, kept so that a call with a known persona begins at once. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { LmConfig } from '../config.ts';
import { ModelError } from '../errors.ts';
import type { Tokenizer } from '../tokenizer/tokenizer.ts';
import { readVoicePrompt, type VoicePrompt } from '../voice/voice-prompt.ts';
import type { Persona } from './call.ts';
import type { Snapshot } from './kv-cache.ts';
import { type PromptColumns, promptColumns, systemText } from './prompt.ts';
import type { Streams } from './streams.ts';

const VOICE_FILE = '.pt';
const VOICE_FILE_LIMIT = 64 * 1024 * 1024;

export class Personas {
  private readonly config: LmConfig;
  private readonly tokenizer: Tokenizer | null;
  private readonly files: ReadonlyMap<string, string>;
  private readonly voices = new Map<string, VoicePrompt>();

  /** `folder`: where the voice files lie, or null. */
  constructor(config: LmConfig, tokenizer: Tokenizer | null, folder: string | null) {
    this.config = config;
    this.tokenizer = tokenizer;
    const names = folder ? readdirSync(folder).filter((name) => name.endsWith(VOICE_FILE)) : [];
    this.files = new Map(names.map((name) => [basename(name, VOICE_FILE), join(folder!, name)]));
  }

  /** Names of the voices, sorted. */
  get names(): string[] {
    return [...this.files.keys()].sort();
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

  private voice(name: string): VoicePrompt {
    const known = this.voices.get(name);
    if (known) return known;
    // Looked up, never joined to a path: a name from the network stays a name.
    const path = this.files.get(name.endsWith(VOICE_FILE) ? basename(name, VOICE_FILE) : name);
    if (!path) throw new ModelError('prompt-invalid', `there is no voice ${JSON.stringify(name.slice(0, 100))}`);
    const bytes = readFileSync(path);
    if (bytes.length > VOICE_FILE_LIMIT) throw new ModelError('voice-malformed', `a voice file of ${bytes.length} bytes`);
    const voice = readVoicePrompt(bytes, this.config.dim);
    this.voices.set(name, voice);
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
