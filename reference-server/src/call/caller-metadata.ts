/** What a caller may say by a metadata message: that it wants another voice or role, or which session it speaks under itself. */
import type { ResolvedSession } from '@undertone/channel';
import { CARD_BYTES, fromHex } from '@undertone/token';
import { z } from 'zod';
import type { Persona } from '../engines/engine.ts';
import { ServerError } from '../errors.ts';

const SCHEMA = z.object({
  persona: z
    .object({
      voice: z
        .string()
        .max(64)
        .regex(/^[\w][\w.-]*$/)
        .optional(),
      role: z.string().max(4096).optional(),
    })
    .optional(),
  session: z
    .object({
      card: z
        .string()
        .length(2 * CARD_BYTES)
        .regex(/^[0-9a-f]*$/),
      claims: z.unknown(),
    })
    .optional(),
});

export interface CallerMetadata {
  readonly persona: Partial<Persona> | null;
  /** An agent's own card and claims, as its server tells them; the detector checks them. */
  readonly session: ResolvedSession | null;
}

/** Reads `{"persona": {"voice": …, "role": …}}` and `{"session": {"card": hex, "claims": …}}`. Throws ServerError `chat-malformed`. */
export function parseCallerMetadata(data: unknown): CallerMetadata {
  const parsed = SCHEMA.safeParse(data);
  if (!parsed.success || (!parsed.data.persona && !parsed.data.session))
    throw new ServerError(
      'chat-malformed',
      'metadata may hold a persona with a voice and a role, or a session with its card and claims',
    );
  const { persona, session } = parsed.data;
  const { voice, role } = persona ?? {};
  return {
    persona: persona ? { ...(voice === undefined ? {} : { voice }), ...(role === undefined ? {} : { role }) } : null,
    session: session ? { card: fromHex(session.card), claims: session.claims ?? null } : null,
  };
}
