/**
 * Persona events, signed: canonical JSON and, before it, the session key's signature over "ut1 event" ‖ card hash ‖ the JSON.
 * Personas go out as hashes, as in the card.
 */
import { canonicalJson, concat, hex, personaHash, type Session, utf8 } from '@undertone/token';
import type { PersonaEvent } from '../identity.ts';

/** The signature, 64 bytes, and the event's canonical JSON. */
export function signPersonaEvent(session: Session, event: PersonaEvent): Uint8Array {
  const atMs = Math.floor(event.atMs);
  const content =
    event.type === 'voice-drift'
      ? { type: event.type, atMs, distance: event.distance }
      : {
          type: event.type,
          atMs,
          voicePersona: hex(personaHash('voice', utf8(event.persona.voice))),
          rolePersona: hex(personaHash('role', utf8(event.persona.role))),
        };
  const json = utf8(canonicalJson(content));
  return concat(session.signWithSessionKey(concat('ut1 event', session.cardHash, json)), json);
}
