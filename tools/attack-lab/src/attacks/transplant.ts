/** Lifting a mark in real time: the bits of the agent's voice, estimated or known, laid on the same voice saying other words. */
import { addDistances, DIGEST_MIN_COMPARED, DIGEST_PROOF_RATE, DIGEST_PROOF_SPREAD } from '@undertone/token';
import { type Attack, outcomeOf, type Trial } from '../attack.ts';
import { type MarkedCall, RATE, SLOT_SECONDS } from '../call.ts';
import { CODECS } from '../codecs.ts';
import type { Lab } from '../lab.ts';
import { added, asLoudAs, type Bits, bendTowards, estimateBits, exactBits, layBits, likeness, toCore } from '../lift.ts';
import { everLive, listen, lostAfter, story } from '../listen.ts';
import { margins, type SlotMargin } from '../margin.ts';
import { pick, randomOf } from '../random.ts';
import { pictureOf } from '../report/draw.ts';
import { deviation, mean } from '../statistics.ts';
import { LOSS_SECONDS, lossSummary } from './takeover.ts';

/** Slots of a try: two are enough for `live` in a call that is genuine. */
const SLOTS = 5;
/** How many stretches of the voice the attacker compares with the agent's words before he chooses his own. */
const CHOICES = 12;

/** What the attacker knows of the bits. */
const KNOWLEDGE: Readonly<Record<string, (call: MarkedCall) => Bits>> = {
  'all sealed bits': exactBits,
  'bits as heard': ({ samples, rate }) => estimateBits(toCore(samples, rate)),
};
/** What he lays them on. Levels are the agent's own sound under his words, dB. */
const WORDS: readonly { readonly name: string; readonly bend: number; readonly underDb: number }[] = [
  { name: 'other words', bend: 0, underDb: -Infinity },
  { name: 'words bent by a fifth', bend: 0.2, underDb: -Infinity },
  { name: 'words over the agent at −9 dB', bend: 0, underDb: -9 },
];
const STRENGTHS = [1, 1.5, 2, 3];

/** Other words of the voice: of several stretches the one that moves most like the agent's, or any. */
export function otherWords(
  lab: Lab,
  voice: number,
  call: MarkedCall,
  fromSeconds: number,
  random: () => number,
  choices: number,
): Float32Array {
  const total = lab.voices[voice % lab.voices.length].speech.length / RATE;
  const seconds = call.plain.length / RATE;
  let best: Float32Array | null = null;
  let most = -Infinity;
  for (let i = 0; i < choices; i++) {
    // Never the words of the same moment: two seconds off at least, both ways round.
    const from = fromSeconds + 2 + random() * (total - 4);
    const words = lab.speech(voice, from % total, seconds);
    const alike = choices === 1 ? 0 : likeness(call.plain, words);
    if (alike > most) [best, most] = [words, alike];
  }
  return asLoudAs(best!, call.plain);
}

/** Sums of up to four slots that follow each other, as the detector judges them: the least share of errors, with what chance may do. */
export function closest(slots: readonly SlotMargin[]): number {
  let least = Infinity;
  for (let last = 1; last < slots.length; last++) {
    const { compared, errors } = addDistances(slots.slice(Math.max(0, last - 3), last + 1));
    if (compared >= DIGEST_MIN_COMPARED) least = Math.min(least, errors / compared + DIGEST_PROOF_SPREAD / Math.sqrt(compared));
  }
  return least;
}

const bitsOf = (slots: readonly SlotMargin[]): number => slots.reduce((n, s) => n + Math.max(0, s.bits), 0);

async function attempt(unit: number, lab: Lab): Promise<Trial> {
  const random = randomOf(unit + 1);
  const voice = unit % lab.voices.length;
  const codec = CODECS[Math.floor(unit / lab.voices.length) % CODECS.length];
  const total = lab.voices[voice].speech.length / RATE;
  const from = random() * total;
  const call = lab.call(voice, from, SLOTS);
  const knowledge = pick(random, Object.keys(KNOWLEDGE));
  const form = pick(random, WORDS);
  const strength = pick(random, STRENGTHS);
  const chosen = random() < 0.5;
  const words = otherWords(lab, voice, call, from, random, chosen ? CHOICES : 1);
  const host = added(bendTowards(words, call.plain, form.bend), call.samples, 10 ** (form.underDb / 20));
  const sound = layBits(host, KNOWLEDGE[knowledge](call), { strength });
  const heard = await codec.through(sound);
  const verifier = await listen(heard, { rate: codec.rate, trust: lab.trust, operators: [call] });
  const slots = margins(call, toCore(heard, codec.rate));
  return {
    variant: `${codec.name}, ${knowledge} × ${strength}, ${form.name}${chosen ? ', chosen' : ''}`,
    observed: story(verifier),
    outcome: everLive(verifier) ? 'broken' : 'held',
    figures: { bits: bitsOf(slots), errors: closest(slots) },
    picture: pictureOf(heard, codec.rate, verifier, [{ fromSeconds: 0, toSeconds: SLOTS * SLOT_SECONDS, what: 'other words' }]),
  };
}

/** How far the closest try stayed from the limit. */
function marginSummary(trials: readonly Trial[]): string {
  const reached = trials.map((t) => t.figures!).filter((f) => f.bits >= 48);
  const errors = reached.map((f) => f.errors).filter(Number.isFinite);
  const passed = `${reached.length} of ${trials.length} passed the bits`;
  if (errors.length < 2) return passed;
  const [m, sd, least] = [mean(errors), deviation(errors), Math.min(...errors)];
  return `${passed}; least share of wrong comparisons, with what chance may do, ${m.toFixed(3)} ± ${sd.toFixed(3)}, closest ${least.toFixed(3)} against the limit of ${DIGEST_PROOF_RATE}`;
}

export const liveTransplant: Attack = {
  id: 'live-transplant',
  title: 'Lift the mark onto other words, live',
  threats: ['lift the mark onto other speech, live'],
  how:
    'The attacker holds the line. He hears the agent, estimates its bits (or is told all of them), lays them at once on the same voice saying other words, at one to three times the ' +
    'strength of the encoder, and plays that to the verifier. Half of the time he chooses the words that move most like the agent’s; he bends them towards the signed ones or leaves the agent softly underneath.',
  expected: 'the bits may pass; the words do not: conflict, never live',
  remains:
    'words that move like the signed ones, and an agent who is heard as loud as the attacker (see “what live means of a mix”)',
  units: (size, tries) => tries ?? { quick: 2, normal: 40, full: 1000 }[size],
  run: async (unit, lab) => [await attempt(unit, lab)],
  summary: marginSummary,
};

/** From a genuine call into lifted marks. */
const GENUINE_SLOTS = 4;
const TAKEN_SLOTS = 7;
/** A steady buzz as loud as a sound. It has nothing that a digest could compare, and carries a mark well. */
function buzz(like: Float32Array, hertz: number): Float32Array {
  const waves = Array.from({ length: Math.floor(3500 / hertz) }, (_, h) => h + 1);
  const wave = (i: number): number => waves.reduce((sum, h) => sum + Math.cos((2 * Math.PI * h * hertz * i) / RATE + h * h), 0);
  return asLoudAs(
    Float32Array.from({ length: like.length }, (_, i) => wave(i)),
    like,
  );
}

/** What the attacker plays once he has the line. */
const HOSTS: readonly {
  readonly name: string;
  readonly strength: number;
  make(words: Float32Array, call: MarkedCall): Float32Array;
}[] = [
  { name: 'words, mark as strong as the encoder’s', strength: 1, make: (words) => words },
  { name: 'words, a faint mark', strength: 0.25, make: (words) => words },
  { name: 'words 18 dB under a marked buzz', strength: 1.5, make: (words) => added(buzz(words, 100), words, 10 ** (-18 / 20)) },
  { name: 'words 12 dB under a marked buzz', strength: 1.5, make: (words) => added(buzz(words, 200), words, 10 ** (-12 / 20)) },
  { name: 'words over the agent at −9 dB', strength: 1.5, make: (words, { samples }) => added(words, samples, 10 ** (-9 / 20)) },
];

async function takeOver(unit: number, lab: Lab): Promise<Trial> {
  const random = randomOf(unit + 7001);
  const voice = unit % lab.voices.length;
  const host = HOSTS[Math.floor(unit / lab.voices.length) % HOSTS.length];
  const codec = CODECS[Math.floor(unit / lab.voices.length / HOSTS.length) % CODECS.length];
  const from = random() * 10;
  const call = lab.call(voice, from, GENUINE_SLOTS + TAKEN_SLOTS);
  const cut = GENUINE_SLOTS * SLOT_SECONDS + random() * SLOT_SECONDS;
  const words = otherWords(lab, voice, call, from, random, 1);
  const sound = call.samples.slice();
  const laid = layBits(host.make(words, call), exactBits(call), { strength: host.strength });
  sound.set(laid.subarray(Math.round(cut * RATE)), Math.round(cut * RATE));
  const heard = await codec.through(sound);
  const verifier = await listen(heard, { rate: codec.rate, trust: lab.trust, operators: [call] });
  const { began, lost, again } = lostAfter(verifier, cut);
  return {
    variant: `${codec.name}, ${host.name}`,
    observed: `${story(verifier)}; lost after ${lost.toFixed(1)} s`,
    outcome: outcomeOf(again || lost > LOSS_SECONDS, began),
    figures: { lostSeconds: lost },
    picture: pictureOf(heard, codec.rate, verifier, [{ fromSeconds: cut, toSeconds: sound.length / RATE, what: host.name }]),
  };
}

export const takeoverByLift: Attack = {
  id: 'takeover-by-lift',
  title: 'Take a live call over with the lifted mark',
  threats: ['lift the mark onto other speech, live'],
  how: 'The call is genuine until it is live. Then the attacker speaks in the agent’s voice with all its sealed bits laid on his words: in full, faintly, on a steady buzz above his words that leaves a digest nothing to compare, or over the agent, who is still heard softly.',
  expected: `live is lost within the running slot, two more and the keys’ delay (${LOSS_SECONDS.toFixed(1)} s), and does not come back`,
  remains: 'those seconds',
  units: (size, tries) => tries ?? { quick: 0, normal: 20, full: 200 }[size],
  run: async (unit, lab) => [await takeOver(unit, lab)],
  summary: lossSummary,
};
