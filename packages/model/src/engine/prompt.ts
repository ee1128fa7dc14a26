/**
 * The prompt that gives a call its voice and role, as PersonaPlex was trained on it: the voice being heard, half a second of silence,
 * the role's text token by token, half a second of silence. All of it is given, nothing is sampled; the caller hums meanwhile.
 */
import { CODEBOOKS, type LmConfig, TEXT_PADDING } from '../config.ts';
import { ModelError } from '../errors.ts';
import { RING, type VoicePrompt } from '../voice/voice-prompt.ts';
import type { Streams } from './streams.ts';
import type { Voice } from './voices.ts';

/** Mimi's codes of silence and of a steady tone. */
const SILENCE: readonly number[] = [948, 243, 1178, 546, 1736, 1030, 1978, 2008];
const TONE: readonly number[] = [430, 1268, 381, 1611, 1095, 1495, 56, 472];
const PAUSE_STEPS = 6;

export interface PromptColumns {
  /** Token columns, one per step. */
  readonly tokens: readonly (readonly number[])[];
  /** Embeddings that replace the first columns' tokens: float32 [steps, dim]. */
  readonly embeddings: Float32Array;
}

/** Upstream's mark around a role, added unless it is there. */
export function systemText(role: string): string {
  const text = role.trim();
  return text.startsWith('<system>') && text.endsWith('<system>') ? text : `<system> ${text} <system>`;
}

/**
 * Leads the streams through the prompt and returns its columns. The last column has yet to be run as a step, after which
 * `streams.release` takes what the model gave. When it throws, the streams are where they were.
 */
export function promptColumns(streams: Streams, config: LmConfig, voice: Voice | null, text: readonly number[]): PromptColumns {
  const saved = voice && 'embeddings' in voice ? voice : null;
  const codes = voice && 'codes' in voice ? voice.codes : [];
  const steps = (saved ? saved.steps + 1 : codes.length) + 2 * PAUSE_STEPS + text.length;
  if (steps >= config.context)
    throw new ModelError('prompt-invalid', `the prompt takes ${steps} steps; the context has ${config.context}`);
  const tokens: (readonly number[])[] = saved ? savedColumns(streams, saved) : [];
  const say = (token: number, own = SILENCE): void => {
    tokens.push(streams.force({ text: token, own, caller: TONE }));
  };
  const pause = (): void => {
    for (let i = 0; i < PAUSE_STEPS; i++) say(TEXT_PADDING);
  };
  for (const own of codes) say(TEXT_PADDING, own);
  pause();
  for (const token of text) say(token);
  pause();
  return { tokens, embeddings: saved?.embeddings ?? new Float32Array(0) };
}

/** Columns of a saved voice, all but the last of which its embeddings replace. */
function savedColumns(streams: Streams, { steps, ring }: VoicePrompt): (readonly number[])[] {
  const filler = new Array<number>(1 + 2 * CODEBOOKS).fill(0);
  const column = ring[steps % RING];
  const next = ring[(steps + 1) % RING];
  const own = next.slice(1, 1 + CODEBOOKS);
  const caller = next.slice(1 + CODEBOOKS);
  streams.skip(steps + 1, own, caller);
  return [...new Array<readonly number[]>(steps).fill(filler), column];
}
