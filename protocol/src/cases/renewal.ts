/** Vectors of persona events and renewal. */
import { createPersonaEvent, createRenewal, hex, type PersonaEvent, personaHash, type Session } from '@undertone/token';
import type { Json } from '../contract.ts';
import type { Plan } from '../generate/builder.ts';
import { CLAIMS, flip, makeSession, secret, session, T0, trust } from '../generate/fixture.ts';

const VOICE = personaHash('voice', secret(7));

const ROLE = personaHash('role', secret(7));

const personaClaims = { ...CLAIMS, voicePersona: hex(VOICE), rolePersona: hex(ROLE) };

const own = makeSession(personaClaims);

const event = (
  slot: number,
  kind: PersonaEvent['kind'],
  previous: PersonaEvent | null,
  role = ROLE,
  by: Session = own,
): PersonaEvent =>
  createPersonaEvent({ slot, kind, voicePersona: VOICE, rolePersona: role }, by.cardHash, previous, (m) =>
    by.signWithSessionKey(m),
  );

const first = event(12, 'drifted', null);

const second = event(13, 'reinjected', first);

const third = event(40, 'changed', second, personaHash('role', secret(8)));

const events = (...list: PersonaEvent[]): Json => ({ events: list.map((e) => hex(e.bytes)) });

const persona: Plan = {
  path: 'lifecycle/rotate/persona',
  page: '08-resolve-and-revoke',
  layer: 'record',
  operation: 'persona.follow',
  common: { card: hex(own.card.bytes), claims: personaClaims },
  cases: [
    {
      name: 'drift-and-remedy',
      description: 'The agent drifted and was given its persona again',
      rules: ['PERS-1', 'PERS-2'],
      input: events(first, second),
    },
    {
      name: 'changed',
      description: 'Then another role from slot 40 on',
      rules: ['PERS-1', 'PERS-2'],
      input: events(first, second, third),
    },
    {
      name: 'left-out',
      description: 'The drift is left out',
      rules: ['PERS-1'],
      input: events(second),
      refused: 'event-chain-broken',
    },
    {
      name: 'out-of-order',
      description: 'The remedy before the drift',
      rules: ['PERS-1'],
      input: events(second, first),
      refused: 'event-chain-broken',
    },
    {
      name: 'bit-changed',
      description: 'One bit of the slot',
      rules: ['PERS-1'],
      input: { events: [flip(first.bytes, 46)] },
      refused: 'event-bad-signature',
    },
    {
      name: 'other-session',
      description: 'An event of another session',
      rules: ['PERS-1'],
      input: events(event(12, 'drifted', null, ROLE, session)),
      refused: 'event-wrong-card',
    },
    {
      name: 'after-the-card',
      description: 'An event in a slot after the card’s last',
      rules: ['PERS-1'],
      input: events(event(own.slots + 1, 'drifted', null)),
      refused: 'event-chain-broken',
    },
    {
      name: 'silent-change',
      description: 'Another role under the name of the old one',
      rules: ['PERS-2'],
      input: events(event(12, 'reinjected', null, personaHash('role', secret(8)))),
      refused: 'event-wrong-persona',
    },
    {
      name: 'empty-change',
      description: 'A change that changes nothing',
      rules: ['PERS-2'],
      input: events(event(12, 'changed', null)),
      refused: 'event-wrong-persona',
    },
    {
      name: 'too-short',
      description: 'One byte is missing',
      rules: ['PERS-1'],
      input: { events: [hex(first.bytes.slice(1))] },
      refused: 'event-malformed',
    },
  ],
};

const LAST = 100;

const nextClaims = { ...CLAIMS, previousCard: hex(session.cardHash) };

const after = (change: { t0Ms?: number; claims?: object } = {}): Session =>
  makeSession({ ...nextClaims, ...change.claims } as typeof CLAIMS, { session: 5, t0Ms: change.t0Ms ?? T0 + LAST * 2560 });

const next = after();

const notice = (to: Session | null = next, by: Session = session, reason: 'time' | 'end' = 'time', lastSlot = LAST): string =>
  hex(createRenewal({ lastSlot, next: to?.card ?? null, reason }, by.card, (m) => by.signWithSessionKey(m)).bytes);

const card = (of: Session): Json => ({ card: hex(of.card.bytes), claims: of.claims as unknown as Json });

const follows = (to: Session): Json => ({ next: card(to), renewal: notice(to) });

const renewal: Plan = {
  path: 'lifecycle/rotate/notice',
  page: '08-resolve-and-revoke',
  layer: 'card',
  operation: 'renewal.verify',
  common: { card: hex(session.card.bytes) },
  cases: [
    { name: 'time', description: 'The time of the card is up', rules: ['REN-1'], input: { renewal: notice() } },
    {
      name: 'end',
      description: 'The session ends and no card follows',
      rules: ['REN-1'],
      input: { renewal: notice(null, session, 'end') },
      says: { reason: 'end' },
    },
    {
      name: 'other-signer',
      description: 'Another session key signed',
      rules: ['REN-1'],
      input: { renewal: notice(next, makeSession(undefined, { session: 4 })) },
      refused: 'next-card-unannounced',
    },
    {
      name: 'bit-changed',
      description: 'One bit of the next hash',
      rules: ['REN-1'],
      input: { renewal: flip(notice(), 50) },
      refused: 'next-card-unannounced',
    },
    {
      name: 'beyond-the-card',
      description: 'A last slot that the card does not have',
      rules: ['REN-1'],
      input: { renewal: notice(next, session, 'time', 60000) },
      refused: 'next-card-unannounced',
    },
    {
      name: 'end-with-a-card',
      description: 'The reason is the end and a card follows',
      rules: ['REN-1'],
      input: { renewal: flip(notice(), 76, 3) },
      refused: 'renewal-malformed',
    },
  ],
};

const succession: Plan = {
  path: 'lifecycle/rotate/next-card',
  page: '08-resolve-and-revoke',
  layer: 'card',
  operation: 'renewal.follow',
  common: { trust, old: card(session), next: card(next), renewal: notice() },
  cases: [
    {
      name: 'follows',
      description: 'Announced by the old session key, naming the old card, at the end of its last slot',
      rules: ['REN-2', 'REN-3'],
    },
    {
      name: 'a-slot-later',
      description: 'It begins a slot later',
      rules: ['REN-3'],
      input: follows(after({ t0Ms: T0 + (LAST + 1) * 2560 })),
    },
    {
      name: 'gap',
      description: 'It begins more than a slot later',
      rules: ['REN-3'],
      input: follows(after({ t0Ms: T0 + (LAST + 1) * 2560 + 1 })),
      refused: 'next-card-gap',
    },
    {
      name: 'overlap',
      description: 'It begins before the last slot ends',
      rules: ['REN-3'],
      input: follows(after({ t0Ms: T0 + LAST * 2560 - 1 })),
      refused: 'next-card-gap',
    },
    {
      name: 'not-announced',
      description: 'The notice names another card',
      rules: ['REN-2'],
      input: { next: card(after({ claims: { agent: 'concierge', constraints: { x: 1 } } })) },
      refused: 'next-card-unannounced',
    },
    {
      name: 'not-linked',
      description: 'The next card does not name the old one',
      rules: ['REN-2'],
      input: follows(after({ claims: { previousCard: undefined } })),
      refused: 'next-card-unlinked',
    },
  ],
};

export const renewalPlans: readonly Plan[] = [persona, renewal, succession];
