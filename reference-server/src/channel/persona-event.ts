/** From what happens to a persona in a call to what the session signs about it. */
import { claimedPersonas, fromHex, type PersonaEventFields, type Session, slotAtMs } from '@undertone/token';
import { type PersonaEvent, personaClaims } from '../identity.ts';

/** What the session signs: personas as hashes, the time as a slot. Against the card a persona is its own, given again, or another one. */
export function personaFields({ card, claims, slots }: Session, event: PersonaEvent): PersonaEventFields {
  const slot = Math.min(slots, Math.max(1, slotAtMs(event.atMs - card.t0Ms)));
  if (event.type === 'voice-drift') return { kind: 'drifted', slot, ...claimedPersonas(claims) };
  const { voicePersona, rolePersona } = personaClaims(event.persona);
  const same = voicePersona === claims.voicePersona && rolePersona === claims.rolePersona;
  return {
    kind: same ? 'reinjected' : 'changed',
    slot,
    voicePersona: fromHex(voicePersona),
    rolePersona: fromHex(rolePersona),
  };
}
