/** The query parameters of `/api/chat`: those of the PersonaPlex and Moshi web clients, all optional, and three of ours. */
import { z } from 'zod';
import type { Persona, Sampling } from '../engines/engine.ts';
import { ServerError } from '../errors.ts';
import type { HandshakeForm } from './protocol.ts';

const number = (least: number, most: number) => z.coerce.number().min(least).max(most);
const whole = (least: number, most: number) => number(least, most).int();
const seed = whole(-1, 2 ** 53 - 1);

const SCHEMA = z.object({
  text_temperature: number(0, 10).optional(),
  text_topk: whole(1, 32000).optional(),
  audio_temperature: number(0, 10).optional(),
  audio_topk: whole(1, 2048).optional(),
  pad_mult: number(-100, 100).optional(),
  text_seed: seed.optional(),
  audio_seed: seed.optional(),
  seed: seed.optional(),
  repetition_penalty: number(0, 10).optional(),
  repetition_penalty_context: whole(0, 4096).optional(),
  max_steps: whole(1, 2 ** 31).optional(),
  text_prompt: z.string().max(4096).optional(),
  voice_prompt: z
    .string()
    .max(64)
    .regex(/^[\w][\w.-]*$/, 'is not the plain name of a voice')
    .optional(),
  worker_auth_id: z.string().max(256).optional(),
  email: z.string().max(256).optional(),
  /** Identifier of the caller, from signalling: the session's audience. */
  audience: z.string().min(1).max(256).optional(),
  handshake: z.enum(['python', 'rust']).optional(),
  /** `1` asks for the identity and the state of the call as metadata messages. */
  metadata: z.enum(['0', '1']).optional(),
});

/** What a caller asked for. */
export interface ChatRequest {
  readonly persona: Persona;
  readonly sampling: Sampling;
  readonly audience: string | null;
  readonly handshake: HandshakeForm | null;
  readonly metadata: boolean;
}

/** Numbers left empty, as a form leaves them, count as not given; a seed of −1 means any. */
const given = (query: URLSearchParams): Record<string, string> =>
  Object.fromEntries([...query].filter(([name, value]) => value !== '' && !(name.endsWith('seed') && value === '-1')));

/** Reads the query. Unknown parameters are ignored, as upstream does. Throws ServerError `chat-bad-parameter`. */
export function parseQuery(query: URLSearchParams): ChatRequest {
  const parsed = SCHEMA.safeParse(given(query));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new ServerError('chat-bad-parameter', `${issue.path.join('.')}: ${issue.message}`);
  }
  const q = parsed.data;
  const textSeed = q.text_seed ?? q.seed;
  const audioSeed = q.audio_seed ?? q.seed;
  return {
    persona: { voice: q.voice_prompt ?? '', role: q.text_prompt ?? '' },
    sampling: defined({
      textTemperature: q.text_temperature,
      textTopK: q.text_topk,
      audioTemperature: q.audio_temperature,
      audioTopK: q.audio_topk,
      padMultiplier: q.pad_mult,
      repetitionPenalty: q.repetition_penalty,
      repetitionPenaltyContext: q.repetition_penalty_context,
      textSeed,
      audioSeed,
      maxSteps: q.max_steps,
    }),
    audience: q.audience ?? null,
    handshake: q.handshake ?? null,
    metadata: q.metadata === '1',
  };
}

function defined(sampling: { [K in keyof Sampling]: Sampling[K] | undefined }): Sampling {
  return Object.fromEntries(Object.entries(sampling).filter(([, value]) => value !== undefined));
}
