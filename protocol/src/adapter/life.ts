/** Operations on the life of a session: tokens it derives from, personas, renewal, challenges (pages 01, 03 and 08). */
import {
  challengeAnswer,
  claimsFollow,
  encodeHeard,
  fromHex,
  heardBits,
  heardErrors,
  heardSelection,
  hex,
  parseCard,
  parseClaims,
  parsePersonaEvent,
  parseRenewal,
  parseTrust,
  TWO_WAY_BITS,
  verifyCard,
  verifyChallenge,
  verifyHeard,
  verifyPersonaEvents,
  verifyRenewal,
  verifySuccession,
} from '@undertone/token';
import { importJwt } from '@undertone/token/import';
import type { Json } from '../contract.ts';
import { bytes, list, number, numbers, type Operation, object, objects, ok, optionalText, refused, text } from './input.ts';

type Held = Parameters<typeof verifySuccession>[0];

/** A card that holds, with its claims. */
function held(input: Json, name: string): Held {
  const given = object(input, name);
  const claims = parseClaims(given.claims);
  const card = parseCard(bytes(given, 'card'));
  const verdict = verifyCard(card, parseTrust(input.trust), { atMs: card.t0Ms, claims });
  if (!verdict.ok) throw new Error(`the ${name} card does not hold: ${verdict.code}`);
  return { ...verdict, claims };
}

export const lifeOperations: { readonly [name: string]: Operation } = {
  'jwt.import': async (input) => {
    const names = (member: string): string[] | undefined => input[member] as string[] | undefined;
    const audience = optionalText(input, 'audience');
    const imported = await importJwt(text(input, 'jwt'), {
      atMs: number(input, 'atMs'),
      keys: list(input, 'keys') as object[],
      ...(audience === undefined ? {} : { audience }),
      ...(names('chain') === undefined ? {} : { chain: names('chain')! }),
      ...(names('steps') === undefined ? {} : { steps: names('steps')! }),
      ...(input.holder === undefined ? {} : { holder: object(input, 'holder') }),
    });
    if (input.claims !== undefined) {
      const unfollowed = claimsFollow(parseClaims(input.claims), imported);
      if (unfollowed !== null) return refused('claims-exceed-jwt');
    }
    return ok({ kind: imported.kind, claims: imported.claims, exp: imported.exp });
  },
  'persona.follow': (input) => {
    const events = list(input, 'events').map((event) => parsePersonaEvent(fromHex(event as string)));
    const claims = input.claims === null ? null : parseClaims(input.claims);
    const { events: kept, failure } = verifyPersonaEvents(events, parseCard(bytes(input, 'card')), claims);
    if (failure !== null) return refused(failure);
    return ok({ events: kept.map(({ number, slot, kind }) => ({ number, slot, kind })) });
  },
  'renewal.verify': (input) => {
    const renewal = parseRenewal(bytes(input, 'renewal'));
    if (!verifyRenewal(renewal, parseCard(bytes(input, 'card')))) return refused('next-card-unannounced');
    return ok({ lastSlot: renewal.lastSlot, reason: renewal.reason, nextCardHash: hex(renewal.nextCardHash) });
  },
  'renewal.follow': (input) => {
    const verdict = verifySuccession(held(input, 'old'), held(input, 'next'), parseRenewal(bytes(input, 'renewal')));
    return verdict.ok ? ok() : refused(verdict.code);
  },
  'challenge.answer': (input) =>
    ok({
      body: hex(challengeAnswer(bytes(input, 'key'), bytes(input, 'cardHash'), number(input, 'slot'), bytes(input, 'nonce'))),
    }),
  'challenge.verify': (input) => {
    const [body, key, cardHash] = [bytes(input, 'body'), bytes(input, 'key'), bytes(input, 'cardHash')];
    return verifyChallenge(body, key, cardHash, number(input, 'slot'), bytes(input, 'nonce'))
      ? ok()
      : refused('challenge-mismatch');
  },
  'heard.make': (input) => {
    const [key, cardHash, heardSlot] = [bytes(input, 'key'), bytes(input, 'cardHash'), number(input, 'heardSlot')];
    const body = encodeHeard(key, cardHash, number(input, 'slot'), heardSlot, number(input, 'digest'));
    return ok({ body: hex(body), selection: hex(heardSelection(bytes(input, 'heardKey'), cardHash, heardSlot)) });
  },
  'heard.count': (input) => {
    const heard = objects(input, 'slots').map((slot) => ({ heard: number(slot, 'heard'), sent: numbers(slot, 'sent') }));
    const delays = heard[0].sent.length;
    const errors = Array.from({ length: delays }, (_, d) =>
      heard.reduce((sum, slot) => sum + heardErrors(slot.heard, slot.sent[d]), 0),
    );
    const fewest = Math.min(...errors);
    const bits = heardBits(fewest, heard.length, delays);
    return bits >= TWO_WAY_BITS ? ok({ bits, delay: errors.indexOf(fewest) }) : refused('two-way-undecided');
  },
  'heard.verify': (input) => {
    const [body, key, cardHash] = [bytes(input, 'body'), bytes(input, 'key'), bytes(input, 'cardHash')];
    const digest = verifyHeard(body, key, cardHash, number(input, 'slot'), number(input, 'heardSlot'));
    return digest === null ? refused('tag-mismatch') : ok({ digest });
  },
};
