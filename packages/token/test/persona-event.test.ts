import { describe, expect, it } from 'vitest';
import {
  claimedPersonas,
  createPersonaEvent,
  createSessionRecord,
  hex,
  PERSONA_EVENT_BYTES,
  type PersonaEventFields,
  parsePersonaEvent,
  parseSessionRecord,
  personaHash,
  serializeSessionRecord,
  utf8,
  verifyPersonaEvents,
  verifySessionRecord,
} from '../src/index.ts';
import { flip, session, trust } from './fixtures.ts';

const voice = personaHash('voice', utf8('calm'));
const role = personaHash('role', utf8('You answer for Example Bank.'));
const other = personaHash('role', utf8('You sell insurance.'));
const claims = { voicePersona: hex(voice), rolePersona: hex(role) };

const again = (slot: number): PersonaEventFields => ({ slot, kind: 'reinjected', voicePersona: voice, rolePersona: role });
const change = (slot: number): PersonaEventFields => ({ ...again(slot), kind: 'changed', rolePersona: other });

function chained() {
  const made = session({ claims });
  return {
    made,
    events: [made.createPersonaEvent(again(3)), made.createPersonaEvent(again(3)), made.createPersonaEvent(change(9))],
  };
}

describe('persona events', () => {
  it('hold in order, for their card and its persona', () => {
    const { made, events } = chained();
    expect(events.every((event) => event.bytes.length === PERSONA_EVENT_BYTES)).toBe(true);
    const read = events.map((event) => parsePersonaEvent(event.bytes));
    expect(verifyPersonaEvents(read, made.card, made.claims)).toEqual({ events, failure: null });
    expect(claimedPersonas(made.claims)).toEqual({ voicePersona: voice, rolePersona: role });
  });

  it.each([
    ['one is left out', (list: readonly unknown[]) => [list[0], list[2]], 1],
    ['the first is left out', (list: readonly unknown[]) => list.slice(1), 0],
    ['two change places', (list: readonly unknown[]) => [list[1], list[0]], 0],
    ['one comes twice', (list: readonly unknown[]) => [list[0], list[0]], 1],
  ])('break where %s', (_, edit, kept) => {
    const { made, events } = chained();
    const verdict = verifyPersonaEvents(edit(events) as typeof events, made.card, made.claims);
    expect(verdict.failure).toBe('event-chain-broken');
    expect(verdict.events).toHaveLength(kept);
  });

  it('do not hold under another card, another key or with a byte changed', () => {
    const { made, events } = chained();
    const stranger = session({ claims, t0Ms: made.card.t0Ms + 1 });
    expect(verifyPersonaEvents(events, stranger.card, claims as never).failure).toBe('event-wrong-card');
    const forged = parsePersonaEvent(flip(events[0].bytes, 46));
    expect(verifyPersonaEvents([forged], made.card, made.claims).failure).toBe('event-bad-signature');
  });

  it("do not pass another persona off as the card's, nor the same one as a change", () => {
    const made = session({ claims });
    const sign = (message: Uint8Array) => made.signWithSessionKey(message);
    const lie = createPersonaEvent({ ...again(3), rolePersona: other }, made.cardHash, null, sign);
    expect(verifyPersonaEvents([lie], made.card, made.claims).failure).toBe('event-wrong-persona');
    const nothing = createPersonaEvent({ ...again(3), kind: 'changed' }, made.cardHash, null, sign);
    expect(verifyPersonaEvents([nothing], made.card, made.claims).failure).toBe('event-wrong-persona');
    const back = [made.createPersonaEvent(again(9)), made.createPersonaEvent(again(8))];
    expect(verifyPersonaEvents(back, made.card, made.claims).failure).toBe('event-chain-broken');
  });

  it('are refused when malformed', () => {
    const { bytes } = chained().events[0];
    for (const bad of [bytes.slice(1), flip(bytes, 0), flip(bytes, 79, 0x80)])
      expect(() => parsePersonaEvent(bad)).toThrow('event-malformed');
  });

  it('stand in the session record, under its signature', () => {
    const { made, events } = chained();
    const content = { card: made.card, claims: made.claims, jwt: null, records: [], key: null, checkpoints: [], events };
    const record = createSessionRecord(content, (message) => made.signWithSessionKey(message));
    const json = JSON.parse(JSON.stringify(serializeSessionRecord(record)));
    const verdict = verifySessionRecord(parseSessionRecord(json), trust);
    expect(verdict).toMatchObject({ ok: true, eventFailure: null, signed: true });
    expect(verdict.ok && verdict.events.map((event) => event.kind)).toEqual(['reinjected', 'reinjected', 'changed']);
    const cut = parseSessionRecord({ ...json, events: json.events.slice(0, 2) });
    expect(verifySessionRecord(cut, trust)).toEqual({ ok: false, code: 'session-bad-signature' });
  });
});
