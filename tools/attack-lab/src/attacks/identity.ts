/** Borrowed identities: somebody's locator, card or name on somebody else's sound. */
import { detect } from '@undertone/detector';
import {
  base64url,
  createSession,
  fromBase64url,
  generateIssuerKey,
  parseSessionRecord,
  parseTrust,
  publicJwk,
  type Session,
  type SessionRecordJson,
  serializeSessionRecord,
  TokenError,
} from '@undertone/token';
import { type Attack, outcomeOf, type Trial } from '../attack.ts';
import { type MarkedCall, markCall, markWith, SLOT_SECONDS, T0_MS } from '../call.ts';
import { CODECS, type Codec } from '../codecs.ts';
import type { Lab } from '../lab.ts';
import { codesOf, everLive, listen, story } from '../listen.ts';
import { pictureOf, pictureOfReport } from '../report/draw.ts';

const SLOTS = 7;

/** A session with keys of its own that gives somebody else's locator for its own. */
const disguised = (own: Session, victim: Session): Session => ({ ...own, locator: victim.locator });

const ownSession = (issuer = generateIssuerKey('Impostor')): Session =>
  createSession({ issuer, agent: 'concierge', t0Ms: T0_MS, claims: { scope: ['a:read'], constraints: {} } });

export const borrowedLocator: Attack = {
  id: 'borrowed-locator',
  title: 'Embed somebody’s public identity',
  threats: ["embed somebody's public identity"],
  how: 'The attacker’s own encoder, with keys of his own, says the locator of a session that is on the line at that moment. The verifier resolves it, and follows the true session’s records and keys.',
  expected: 'claimed, never live',
  remains: '`claimed` noise: a claim is never shown as verified',
  units: (size) => (size === 'quick' ? 1 : CODECS.length * 2),
  run: async (unit, lab) => {
    const codec = CODECS[unit % CODECS.length];
    const victim = lab.call(unit, 0, SLOTS);
    const forged = markWith(disguised(ownSession(), victim.session), lab.speech(unit, 9, SLOTS * SLOT_SECONDS));
    const sound = await codec.through(forged.samples);
    const heard = await listen(sound, { rate: codec.rate, trust: lab.trust, operators: [victim], signalled: unit % 2 === 0 });
    return [
      {
        variant: codec.name,
        observed: story(heard),
        outcome: outcomeOf(everLive(heard), true),
        picture: pictureOf(sound, codec.rate, heard, [
          { fromSeconds: 0, toSeconds: SLOTS * SLOT_SECONDS, what: 'the attacker’s mark' },
        ]),
      },
    ];
  },
};

/** A card's 27 symbols take about three minutes of sound. */
const LONG_SECONDS = 200;

export const pollutedSymbols: Attack = {
  id: 'polluted-symbols',
  title: 'Flood the sound with symbols of another card',
  threats: ["pollute symbols, mix two sessions'", "embed somebody's public identity"],
  how: 'For more than three minutes the attacker’s encoder says a true locator and, frame after frame with holding checks, the symbols of a card of his own, signed by himself or by an issuer whom the verifier trusts for another agent. The verifier has the sound alone.',
  expected: 'the card that the symbols add up to is not the locator’s: claimed, nothing resolved',
  remains: 'denial: the true card is read later, or not at all',
  units: (size) => ({ quick: 0, normal: 2, full: 4 })[size],
  run: async (unit, lab) => {
    const codec = CODECS[(unit >> 1) % CODECS.length];
    const trusted = unit % 2 === 1;
    const victim = lab.call(0, 0, SLOTS);
    const own = ownSession(trusted ? lab.issuer : undefined);
    const forged = markWith(disguised(own, victim.session), lab.speech(unit, 0, LONG_SECONDS));
    const report = detect(await codec.through(forged.samples), { sampleRate: codec.rate, trust: lab.trust });
    const resolved = report.spans.some(({ resolution }) => resolution === 'resolved');
    return [
      {
        variant: `${codec.name}, ${trusted ? 'card of a trusted issuer' : 'card of his own'}`,
        observed: `${report.state}${resolved ? ', resolved' : ', unresolved'}`,
        outcome: outcomeOf(report.state === 'attested' || resolved, report.state === 'claimed'),
      },
    ];
  },
};

/** A change of a session record, and codes of which one must be named; null where reading it must fail already. */
interface Change {
  readonly name: string;
  readonly codes: readonly string[] | null;
  make(json: SessionRecordJson, call: MarkedCall): object;
}

const bent =
  (at: number, turn: number): Change['make'] =>
  (json) => {
    const card = fromBase64url(json.card);
    card[at] ^= turn;
    return { ...json, card: base64url(card) };
  };
const BAD_CARD = ['card-bad-signature', 'issuer-unknown'];
const CHANGES: readonly Change[] = [
  { name: 'profile 0 in the card', codes: null, make: bent(0, 1) },
  { name: 'profile 0 in the record', codes: null, make: (json) => ({ ...json, profile: 0 }) },
  { name: 'a critical flag', codes: null, make: bent(1, 0x80) },
  { name: 'δ of 3 s', codes: BAD_CARD, make: bent(1, 1) },
  { name: 'epochs of 4 slots', codes: BAD_CARD, make: bent(1, 0x10) },
  { name: 'an earlier beginning', codes: BAD_CARD, make: bent(9, 1) },
  { name: 'more slots', codes: BAD_CARD, make: bent(12, 0x40) },
  { name: 'another status index', codes: BAD_CARD, make: bent(93, 1) },
  { name: 'another kid', codes: BAD_CARD, make: bent(2, 1) },
  {
    name: 'more scope in the claims',
    codes: ['claims-mismatch'],
    make: (json) => ({ ...json, claims: { ...json.claims, scope: ['a:read', 'a:write'] } }),
  },
  {
    name: 'another agent in the claims',
    codes: ['claims-mismatch'],
    make: (json) => ({ ...json, claims: { ...json.claims, agent: 'director' } }),
  },
  { name: 'no records', codes: ['session-bad-signature'], make: (json) => ({ ...json, records: [] }) },
  { name: 'the end cut off', codes: ['session-bad-signature'], make: (json) => ({ ...json, records: json.records.slice(0, 3) }) },
  { name: 'an older version', codes: null, make: (json) => ({ ...json, version: 0 }) },
];

async function downgraded(unit: number, lab: Lab): Promise<Trial> {
  const change = CHANGES[unit % CHANGES.length];
  const codec = CODECS[Math.floor(unit / CHANGES.length) % CODECS.length];
  const call = lab.call(0, 0, SLOTS);
  const heard = await codec.through(call.samples);
  const changed = change.make(serializeSessionRecord(call.sessionRecord), call);
  try {
    const record = parseSessionRecord(JSON.parse(JSON.stringify(changed)));
    const report = detect(heard, { sampleRate: codec.rate, trust: lab.trust, records: [record] });
    const codes = codesOf(report);
    return {
      variant: `${codec.name}, ${change.name}`,
      observed: `${report.state}: ${codes.join(', ')}`,
      outcome: outcomeOf(report.state === 'attested', change.codes?.some((code) => codes.includes(code)) ?? false),
      picture: pictureOfReport(heard, codec.rate, report, []),
    };
  } catch (error) {
    if (!(error instanceof TokenError)) throw error;
    return {
      variant: `${codec.name}, ${change.name}`,
      observed: `refused: ${error.code}`,
      outcome: outcomeOf(false, change.codes === null),
    };
  }
}

export const downgrade: Attack = {
  id: 'downgrade',
  title: 'Bend the card or its record towards something weaker',
  threats: ['downgrade', 'cut a signature short, respell it', 'widen what the token allowed'],
  how: 'The recording is genuine. In its session record the profile, the delay, the epoch, the validity, the status index, the kid, the scope or the agent are changed, records are left out, or an older version is claimed.',
  expected: 'refused when it is read, or named and at most claimed',
  remains: '–',
  units: (size) => (size === 'quick' ? 0 : CHANGES.length * (size === 'full' ? CODECS.length : 1)),
  run: async (unit, lab) => [await downgraded(unit, lab)],
};

/** Two issuers, and who is trusted. */
async function crossed(unit: number, lab: Lab): Promise<Trial> {
  const codec: Codec = CODECS[(unit >> 2) % CODECS.length];
  const form = unit % 4;
  const rival = generateIssuerKey('Attack lab');
  const rivalTrust = parseTrust(publicJwk({ ...rival, name: 'Rival' }));
  const both = { keys: [...lab.trust.keys, ...rivalTrust.keys] };
  const speech = lab.speech(unit, 3, SLOTS * SLOT_SECONDS);
  // The rival's own card names the other issuer in its claims.
  const forged = markCall(speech, rival, { claims: { issuer: 'Attack lab', scope: ['a:read'], constraints: {} } });
  const genuine = lab.call(unit, 3, SLOTS);
  const heard = await codec.through(form === 2 ? genuine.samples : forged.samples);
  const stolenCard = { ...forged.sessionRecord, card: genuine.sessionRecord.card };
  const [name, trust, record] = (
    [
      ['signed by a namesake who is not trusted', lab.trust, forged.sessionRecord],
      ['signed by another trusted issuer under this one’s name', both, forged.sessionRecord],
      ['this issuer’s sound with the other’s record', both, forged.sessionRecord],
      ['this issuer’s card in the other’s record', both, stolenCard],
    ] as const
  )[form];
  const report = detect(heard, { sampleRate: codec.rate, trust, records: [record] });
  const named = report.spans.filter(({ state }) => state === 'attested').map(({ issuer }) => issuer);
  // The second form is a true card of a trusted issuer: it may be attested, under its own name alone.
  const wrong = named.some((issuer) => issuer !== 'Rival') || (form !== 1 && named.length > 0);
  return {
    variant: `${codec.name}, ${name}`,
    observed: `${report.state}${named.length > 0 ? `, issuer ${[...new Set(named)].join(', ')}` : ''}: ${codesOf(report).join(', ')}`,
    outcome: outcomeOf(wrong, true),
  };
}

export const crossIssuer: Attack = {
  id: 'cross-issuer',
  title: 'Confuse two issuers',
  threats: ['another issuer speaks for these cards'],
  how: 'A rival signs cards that name another issuer in their claims, with and without being trusted himself; cards and records of two issuers are mixed.',
  expected: 'never verified under the name of who did not sign: the name is the trust file’s for the key that signed',
  remains: 'a verifier who trusts an impostor under a wrong name',
  units: (size) => ({ quick: 0, normal: 4, full: 8 })[size],
  run: async (unit, lab) => [await crossed(unit, lab)],
};
