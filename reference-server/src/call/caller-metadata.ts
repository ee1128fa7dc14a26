/** What a caller may ask for by a metadata message: another voice, another role. */
import { z } from 'zod';
import type { Persona } from '../engines/engine.ts';
import { ServerError } from '../errors.ts';

const SCHEMA = z.object({
  persona: z.object({
    voice: z
      .string()
      .max(64)
      .regex(/^[\w][\w.-]*$/)
      .optional(),
    role: z.string().max(4096).optional(),
  }),
});

/** Reads `{"persona": {"voice": …, "role": …}}`, both optional. Throws ServerError `chat-malformed`. */
export function parsePersonaChange(data: unknown): Partial<Persona> {
  const parsed = SCHEMA.safeParse(data);
  if (!parsed.success) throw new ServerError('chat-malformed', 'metadata may hold a persona with a voice and a role');
  const { voice, role } = parsed.data.persona;
  return { ...(voice === undefined ? {} : { voice }), ...(role === undefined ? {} : { role }) };
}
