/** Working on the mark itself: writing over it, averaging it away, lifting it offline, mixing. */
import { detect } from '@undertone/detector';
import { generateIssuerKey, parseTrust, publicJwk } from '@undertone/token';
import { type Attack, outcomeOf, type Trial } from '../attack.ts';
import { markCall, SLOT_SECONDS } from '../call.ts';
import { CODECS } from '../codecs.ts';
import type { Lab } from '../lab.ts';
import { added, asLoudAs, bendTowards, estimateBits, exactBits, layBits, toCore } from '../lift.ts';
import { codesOf, everLive, listen, story } from '../listen.ts';
import { pictureOf, pictureOfReport } from '../report/draw.ts';

const SLOTS = 8;
const SECONDS = SLOTS * SLOT_SECONDS;
/** A session whose 16 epochs and checkpoint are all in the sound. */
const LONG_SLOTS = 96;

/** The bits of a whole recording, laid on other words, before an auditor. */
async function liftedOffline(unit: number, lab: Lab): Promise<Trial> {
  const codec = CODECS[(unit >> 1) % CODECS.length];
  const alone = unit % 2 === 1;
  const slots = alone ? LONG_SLOTS : SLOTS;
  const call = lab.call(unit >> 1, 0, slots);
  const words = asLoudAs(lab.speech((unit >> 1) + (alone ? 0 : unit % 3), 13, slots * SLOT_SECONDS), call.plain);
  const heard = await codec.through(layBits(words, exactBits(call), { strength: 1.5 }));
  const report = detect(heard, { sampleRate: codec.rate, trust: lab.trust, ...(alone ? {} : { records: [call.sessionRecord] }) });
  const attested = report.spans.some(({ state }) => state === 'attested');
  return {
    variant: `${codec.name}, ${alone ? 'the sound alone, four minutes' : 'with the session record'}`,
    observed: `${report.state}: ${codesOf(report).join(', ')}`,
    outcome: outcomeOf(attested, alone || report.state === 'conflict'),
    picture: pictureOfReport(heard, codec.rate, report, [
      { fromSeconds: 0, toSeconds: slots * SLOT_SECONDS, what: 'other words' },
    ]),
  };
}

export const offlineTransplant: Attack = {
  id: 'offline-transplant',
  title: 'Lift the mark onto other words, offline',
  threats: ['lift the mark, offline'],
  how: 'Long after the call, with the record and every key of it, all bits are laid on other words and shown to an auditor: with the true session record, and as sound alone.',
  expected: 'conflict with the record; never attested',
  remains:
    'from the sound alone words can be fitted to the 22 bits of an epoch by trying some 450 for each: `content: weak` says so',
  units: (size) => ({ quick: 0, normal: 4, full: 16 })[size],
  run: async (unit, lab) => [await liftedOffline(unit, lab)],
};

async function overwritten(unit: number, lab: Lab): Promise<Trial> {
  const codec = CODECS[Math.floor(unit / 3) % CODECS.length];
  const form = unit % 3;
  const rival = generateIssuerKey('Rival');
  const call = lab.call(unit, 0, SLOTS);
  const over = markCall(call.samples, form === 0 ? lab.issuer : rival, { agent: 'second' });
  const heard = await codec.through(over.samples);
  const trust = form === 2 ? { keys: [...lab.trust.keys, ...parseTrust(publicJwk(rival)).keys] } : lab.trust;
  const report = detect(heard, { sampleRate: codec.rate, trust, records: [call.sessionRecord, over.sessionRecord] });
  const attested = report.spans.filter(({ state }) => state === 'attested');
  const untrusted = form === 1 && attested.some(({ issuer, agent }) => issuer === 'Rival' || agent === 'second');
  // Two sessions that both hold must be told as two.
  const agents = new Set(attested.map(({ agent }) => agent));
  const told = agents.size < 2 || codesOf(report).includes('several-sessions');
  return {
    variant: `${codec.name}, by ${['another session of the same issuer', 'an issuer who is not trusted', 'another trusted issuer'][form]}`,
    observed: `${report.state}${agents.size > 0 ? ` (${[...agents].sort().join(', ')})` : ''}: ${codesOf(report).join(', ')}`,
    outcome: outcomeOf(untrusted || !told, true),
    picture: pictureOfReport(heard, codec.rate, report, []),
  };
}

export const overwrite: Attack = {
  id: 'overwrite',
  title: 'Write a second mark over the first',
  threats: ['remove, overwrite, jam'],
  how: 'Marked speech goes through a second encoder, with a session of the same issuer, of an issuer whom nobody trusts, or of another trusted one. The auditor has both session records.',
  expected: 'nobody who is not trusted is attested; where both hold, both are named (several-sessions)',
  remains: 'the first mark may be lost: **absence proves nothing**',
  units: (size) => ({ quick: 0, normal: 6, full: 24 })[size],
  run: async (unit, lab) => [await overwritten(unit, lab)],
};

/** Recordings that are averaged. */
const STREAMS = 8;

async function averaged(unit: number, lab: Lab): Promise<Trial> {
  const codec = CODECS[unit % CODECS.length];
  const voice = unit >> 1;
  const plain = lab.speech(voice, 0, SECONDS);
  const calls = Array.from({ length: STREAMS }, () => markCall(plain, lab.issuer));
  const fresh = markCall(plain, lab.issuer);
  const mean = plain.map((_, i) => calls.reduce((sum, { samples }) => sum + samples[i], 0) / STREAMS);
  // What eight sessions have in common, laid on the words of a ninth that is on the line.
  const learnt = calls.map(({ samples }) => estimateBits(toCore(samples)));
  const common = new Map(
    fresh.records.map(({ slot }) => [
      slot,
      Float32Array.from({ length: 128 }, (_, i) => learnt.reduce((sum, bits) => sum + (bits.get(slot)?.[i] ?? 0), 0)),
    ]),
  );
  const forged = await codec.through(layBits(plain, common, { strength: 2 }));
  const live = await listen(forged, { rate: codec.rate, trust: lab.trust, operators: [fresh] });
  const left = detect(await codec.through(mean), {
    sampleRate: codec.rate,
    trust: lab.trust,
    records: calls.map(({ sessionRecord }) => sessionRecord),
  });
  return {
    variant: codec.name,
    observed: `laid on a new call: ${story(live)}; the average itself: ${left.state}`,
    outcome: outcomeOf(everLive(live), true),
    picture: pictureOf(forged, codec.rate, live, []),
  };
}

export const collusion: Attack = {
  id: 'collusion',
  title: 'Average many streams',
  threats: ['average many streams'],
  how: `The same words are marked by ${STREAMS} sessions. The attacker averages the sounds, and lays what their bits have in common on the very words of a new session that is on the line.`,
  expected: 'the masks differ by session, so nothing in common is worth anything: never live',
  remains: 'the public chips can be estimated, and averaging weakens the mark',
  units: (size) => ({ quick: 0, normal: 2, full: 8 })[size],
  run: async (unit, lab) => [await averaged(unit, lab)],
};

/** The agent under the attacker's words, dB, and how far words are bent towards the signed ones. From the first on `live` may be right. */
const LEVELS_DB = [-20, -12, -9, -6, -3, 0, 6];
const SHARES = [0.1, 0.2, 0.3, 0.4, 0.5];
/** Softer than this, or bent less, the agent is not what is heard. */
const [SOFT_DB, BENT_SHARE] = [-6, 0.35];
const MIXES = [...LEVELS_DB.map((db) => ({ db, share: 0 })), ...SHARES.map((share) => ({ db: -Infinity, share }))];

async function mixed(unit: number, lab: Lab): Promise<Trial> {
  const { db, share } = MIXES[unit % MIXES.length];
  const codec = CODECS[Math.floor(unit / MIXES.length) % CODECS.length];
  const voice = Math.floor(unit / MIXES.length / CODECS.length);
  const call = lab.call(voice, 0, SLOTS);
  const words = asLoudAs(lab.speech(voice, 12.5, SECONDS), call.plain);
  const host = share > 0 ? bendTowards(words, call.plain, share) : added(words, call.samples, 10 ** (db / 20));
  const sound = await codec.through(layBits(host, exactBits(call), { strength: 1.5 }));
  const heard = await listen(sound, { rate: codec.rate, trust: lab.trust, operators: [call] });
  const live = everLive(heard);
  const must = share > 0 ? share <= BENT_SHARE : db <= SOFT_DB;
  return {
    variant: `${codec.name}, ${share > 0 ? `words bent ${Math.round(share * 100)} % towards the signed ones` : `the agent at ${db} dB under the words`}`,
    observed: story(heard),
    outcome: outcomeOf(live && must, true),
    figures: share > 0 ? { share, live: live ? 1 : 0 } : { db, live: live ? 1 : 0 },
    picture: pictureOf(sound, codec.rate, heard, [{ fromSeconds: 0, toSeconds: sound.length / codec.rate, what: 'a mix' }]),
  };
}

export const mix: Attack = {
  id: 'mix',
  title: 'What live means of a mix',
  threats: ['mix or insert unmarked speech', 'lift the mark onto other speech, live'],
  how: 'The attacker’s words are laid over the agent’s, or bent towards the signed ones band by band, and all sealed bits are laid on the sum again: the best that he can do for an agent who is still there.',
  expected: `never live while the agent is ${-SOFT_DB} dB or more under the attacker, or words are bent by no more than ${BENT_SHARE * 100} %`,
  remains: 'a mix in which the agent is about as loud as the attacker can be live: `live` does not say that nothing was mixed in',
  units: (size) => ({ quick: 0, normal: MIXES.length, full: MIXES.length * 8 })[size],
  run: async (unit, lab) => [await mixed(unit, lab)],
  summary: (trials) => {
    const rate = (key: 'db' | 'share', value: number): string => {
      const these = trials.filter((t) => t.figures?.[key] === value);
      return `${these.filter((t) => t.figures!.live).length} of ${these.length}`;
    };
    return (
      `live with the agent at ${LEVELS_DB.map((db) => `${db} dB: ${rate('db', db)}`).join(', ')}; ` +
      `bent by ${SHARES.map((share) => `${Math.round(100 * share)} %: ${rate('share', share)}`).join(', ')}`
    );
  },
};

export const relay: Attack = {
  id: 'relay',
  title: 'Relay a call to another callee',
  threats: ['relay to another callee'],
  how: 'A genuine call, whose card names its callee, is carried on to somebody else as it happens.',
  expected: 'live for the callee with bound: call; for anybody else bound: none, or refused',
  remains: 'a full two-way relay is the call itself; only `bound` tells',
  units: (size) => (size === 'quick' ? 0 : 2 * CODECS.length),
  run: async (unit, lab) => {
    const codec = CODECS[(unit >> 1) % CODECS.length];
    const own = unit % 2 === 0;
    const call = markCall(lab.speech(unit, 0, SECONDS), lab.issuer, {
      claims: { scope: ['a:read'], constraints: {}, audience: 'tel:+390612345678' },
    });
    const sound = await codec.through(call.samples);
    const audience = own ? 'tel:+390612345678' : 'tel:+74951234567';
    const heard = await listen(sound, { rate: codec.rate, trust: lab.trust, operators: [call], audience });
    const bound = new Set(heard.report.spans.map((span) => span.bound));
    return [
      {
        variant: `${codec.name}, ${own ? 'the callee named in the card' : 'somebody else'}`,
        observed: `${story(heard)}; bound: ${[...bound].join(', ')}`,
        outcome: outcomeOf(!own && bound.has('call'), own === bound.has('call')),
        picture: pictureOf(sound, codec.rate, heard, []),
      },
    ];
  },
};
