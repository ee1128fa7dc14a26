/** Operators who lie, and thieves of their keys. */
import { createRecord, generateIssuerKey, type SlotRecord } from '@undertone/token';
import {
  consistencyProof,
  KeyKind,
  leafHash,
  logEntry,
  MerkleTree,
  noteSigner,
  signTreeHead,
  type TreeHead,
  verifyConsistency,
  witnessTreeHead,
} from '@undertone/token/log';
import { type Attack, outcomeOf, type Trial } from '../attack.ts';
import { type MarkedCall, markCall, SLOT_SECONDS, T0_MS } from '../call.ts';
import { CODECS } from '../codecs.ts';
import type { Lab } from '../lab.ts';
import { asLoudAs, exactBits, layBits } from '../lift.ts';
import { between, changes, everLive, type ListenOptions, listen, lostAfter, story } from '../listen.ts';
import { pictureOf } from '../report/draw.ts';

const SLOTS = 8;

export const equivocation: Attack = {
  id: 'equivocation',
  title: 'Sign two histories of one call',
  threats: ['two histories of one slot'],
  how: 'The operator publishes a second record, rightly signed, for a slot whose record is out: other sent frames, or another digest.',
  expected: 'conflict: equivocation, from whatever state',
  remains: 'histories shown to different verifiers, who must compare: the log',
  units: (size) => (size === 'quick' ? 0 : 2 * CODECS.length),
  run: async (unit, lab) => {
    const codec = CODECS[unit % CODECS.length];
    const { session, records, samples } = lab.call(unit, 0, SLOTS);
    const original = records[3];
    const other = unit < CODECS.length ? { sentMap: 1 } : { digest: original.digest.map((byte) => byte ^ 0xff) };
    const twin = createRecord({ ...original, ...other }, (message) => session.signWithSessionKey(message));
    const sound = await codec.through(samples);
    const operators = [{ session, records: [...records.slice(0, 6), twin, ...records.slice(6)] }];
    const heard = await listen(sound, { rate: codec.rate, trust: lab.trust, operators });
    const seen = changes(heard).findIndex(({ reason }) => reason === 'equivocation');
    const verified = changes(heard)
      .slice(0, seen)
      .some(({ state }) => state === 'live');
    return [
      {
        variant: `${codec.name}, ${unit < CODECS.length ? 'other frames' : 'another digest'}`,
        observed: story(heard),
        outcome: outcomeOf(false, seen >= 0 && verified),
        picture: pictureOf(sound, codec.rate, heard, []),
      },
    ];
  },
};

/** A log with some records of a call. */
function treeOf(entries: readonly Uint8Array[]): MerkleTree {
  const tree = new MerkleTree();
  for (const entry of entries) tree.append(leafHash(entry));
  return tree;
}

async function splitView(lab: Lab): Promise<Trial[]> {
  const { session, records } = lab.call(0, 0, SLOTS);
  const [log, witness] = [
    noteSigner('log.example/undertone', KeyKind.ED25519, generateIssuerKey('log').secretKey),
    noteSigner('witness.example', KeyKind.COSIGNATURE, generateIssuerKey('witness').secretKey),
  ];
  const sign = (message: Uint8Array): Uint8Array => session.signWithSessionKey(message);
  const entry = (record: SlotRecord): Uint8Array => logEntry('session-record', session.cardHash, record.bytes);
  const told = records.map(entry);
  const retold = [...told];
  retold[2] = entry(createRecord({ ...records[2], sentMap: 0 }, sign));
  const [first, honest, lying] = [treeOf(told.slice(0, 5)), treeOf(told), treeOf(retold)];
  const head = async (tree: MerkleTree): Promise<TreeHead> => ({ origin: log.name, size: tree.size, root: await tree.root() });
  const before = await head(first);
  const judge = async (name: string, tree: MerkleTree, good: boolean): Promise<Trial> => {
    const after = await head(tree);
    const proof = await consistencyProof(first.size, tree.size, (level, index) => tree.read(level, index));
    const verdict = witnessTreeHead(signTreeHead(after, log), before, proof, { log, witness }, 1);
    const auditor = verifyConsistency(before.size, after.size, before.root, after.root, proof);
    const said = `witness ${verdict.ok ? 'cosigns' : `refuses: ${verdict.code}`}; an auditor who has both views ${auditor ? 'sees one history' : 'sees two'}`;
    return {
      variant: name,
      observed: said,
      outcome: outcomeOf((verdict.ok || auditor) && !good, verdict.ok === good && auditor === good),
    };
  };
  return [await judge('the history goes on', honest, true), await judge('a record of the past is replaced', lying, false)];
}

export const splitLog: Attack = {
  id: 'split-log',
  title: 'Show two views of the log',
  threats: ['the operator lies about time', 'two histories of one slot'],
  how: 'The operator’s log has the records of a real call. Later it shows a tree in which one record of the past is another, signed by the log’s own key.',
  expected: 'the witness does not cosign it, and an auditor with both tree heads sees two histories; the honest tree passes both',
  remains: 'what nobody compared, before a cosignature',
  units: (size) => (size === 'quick' ? 0 : 1),
  run: async (_, lab) => splitView(lab),
};

/** What a thief of the session key can do: sign. He has no chain keys before they are out. */
const THEFTS = [
  'his records instead',
  'his records besides',
  'his time, in a replay',
  'his time and records, revoked',
  'his time and records, expired',
] as const;

/** Answers clock questions with a time of the thief's, under the true session key. */
const lyingTime =
  (call: MarkedCall, behindMs: number): ListenOptions['between'] =>
  (channel, nowMs) =>
    between(channel, {
      time: async (_, nonce) => {
        const timeMs = Math.floor(nowMs() - behindMs);
        return { timeMs, signature: call.session.signTime(nonce, timeMs) };
      },
    });

async function stolen(unit: number, lab: Lab): Promise<Trial> {
  const form = THEFTS[unit % THEFTS.length];
  const codec = CODECS[Math.floor(unit / THEFTS.length) % CODECS.length];
  const expired = form === 'his time and records, expired';
  const call = markCall(lab.speech(unit, 0, SLOTS * SLOT_SECONDS), lab.issuer, { durationSeconds: 20 });
  // His own words with the agent's bits; a digest cannot be made without the key that chooses its comparisons, so he signs what he likes.
  const words = asLoudAs(lab.speech(unit, 14, SLOTS * SLOT_SECONDS), call.plain);
  const sound = form === 'his time, in a replay' ? call.samples : layBits(words, exactBits(call));
  const sign = (message: Uint8Array): Uint8Array => call.session.signWithSessionKey(message);
  const own = call.records.map((record) => createRecord({ ...record, digest: record.digest.map((byte) => byte ^ 0x55) }, sign));
  const besides = call.records.flatMap((record, i) => [record, own[i]]);
  const records = form === 'his records instead' ? own : form === 'his records besides' ? besides : call.records;
  const late = form.startsWith('his time') ? (expired ? 3_600_000 : 5000) : 0;
  const heardSound = await codec.through(sound);
  const heard = await listen(heardSound, {
    rate: codec.rate,
    trust: lab.trust,
    operators: [{ session: call.session, records }],
    lateMs: late,
    ...(late > 0 ? { between: lyingTime(call, late) } : {}),
    ...(form === 'his time and records, revoked'
      ? { status: () => ({ now: async () => ({ status: 'revoked' as const }), askAgainMs: Infinity }) }
      : {}),
  });
  const live = everLive(heard);
  // A signed lie about the time, within the card's life and before it is revoked, is the operator's own word: said to remain.
  const known = form === 'his time, in a replay';
  return {
    variant: `${codec.name}, ${form}`,
    observed: `${story(heard)}${live && known ? ': the window' : ''}`,
    outcome: outcomeOf(live && !known, true),
    picture: pictureOf(heardSound, codec.rate, heard, [
      { fromSeconds: 0, toSeconds: heardSound.length / codec.rate, what: form },
    ]),
  };
}

export const stolenKey: Attack = {
  id: 'stolen-session-key',
  title: 'Sign with a stolen session key',
  threats: ['steal the session key'],
  how: 'The thief signs records of his own and, holding the channel too, a false time; he lacks the chain keys until they are out. Then the card is revoked, or is over.',
  expected:
    'other words are never live with records made before the key; records besides the true ones are equivocation; after revocation or the card’s end nothing is live',
  remains:
    'with the key and the channel he can replay what is public as if it were now, until the card is revoked or its 15 minutes are over',
  units: (size) => (size === 'quick' ? 0 : THEFTS.length * CODECS.length),
  run: async (unit, lab) => [await stolen(unit, lab)],
};

export const revokedOrOver: Attack = {
  id: 'revoked-or-over',
  title: 'Go on after revocation, or after the card’s end',
  threats: ['steal the session key', "steal the issuer's key"],
  how: 'A genuine call goes on while its card is revoked or suspended in the status list, and after the last slot of its card; and a later call is announced with an expired card.',
  expected: 'revoked at once and for good; stale when the card is over; never live with an expired card',
  remains: 'the seconds until the list is asked again',
  units: (size) => (size === 'quick' ? 0 : 3 * CODECS.length),
  run: async (unit, lab) => {
    const codec = CODECS[Math.floor(unit / 3) % CODECS.length];
    const form = unit % 3;
    // A card of eight slots, and words for ten more seconds behind it.
    const call = markCall(lab.speech(unit, 0, 30), lab.issuer, { durationSeconds: 20 });
    const sound = await codec.through(call.samples);
    let asked = 0;
    const status = () => ({
      now: async () => ({ status: asked++ < 2 ? ('valid' as const) : ('suspended' as const) }),
      get askAgainMs() {
        return T0_MS + asked * 4000;
      },
    });
    const heard = await listen(sound, {
      rate: codec.rate,
      trust: lab.trust,
      operators: [call],
      ...(form === 0 ? { status } : {}),
      ...(form === 2 ? { lateMs: 60_000 } : {}),
    });
    const end = 8 * SLOT_SECONDS;
    const { began, lost, again } = lostAfter(heard, form === 0 ? 8 : end);
    const last = changes(heard).at(-1)?.state ?? 'absent';
    const ended = form === 2 ? !everLive(heard) : began && !again && lost < (form === 0 ? 12 : 3 * SLOT_SECONDS + 2.5);
    return [
      {
        variant: `${codec.name}, ${['suspended', 'the card is over', 'an expired card'][form]}`,
        observed: story(heard),
        outcome: outcomeOf(!ended && (last === 'live' || form === 2), form !== 0 || last === 'revoked'),
        picture: pictureOf(
          sound,
          codec.rate,
          heard,
          form === 1 ? [{ fromSeconds: end, toSeconds: sound.length / codec.rate, what: 'after the card' }] : [],
        ),
      },
    ];
  },
};
