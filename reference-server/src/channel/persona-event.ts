/** From what happens to a persona in a call to what the session signs about it. */
import { claimedPersonas, type PersonaEventFields, personaHash, type Session, slotAtMs, utf8 } from '@undertone/token';
import type { PersonaEvent } from '../identity.ts';

const KINDS = { 'persona-changed': 'changed', 'persona-reinjected': 'reinjected', 'voice-drift': 'drifted' } as const;

/** What the session signs: personas as hashes, the time as a slot. */
export function personaFields({ card, claims, slots }: Session, event: PersonaEvent): PersonaEventFields {
  const slot = Math.min(slots, Math.max(1, slotAtMs(event.atMs - card.t0Ms)));
  const personas =
    event.type === 'voice-drift'
      ? claimedPersonas(claims)
      : {
          voicePersona: personaHash('voice', utf8(event.persona.voice)),
          rolePersona: personaHash('role', utf8(event.persona.role)),
        };
  return { kind: KINDS[event.type], slot, ...personas };
}
