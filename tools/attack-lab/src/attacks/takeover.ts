/** Another voice, without a mark, takes a live call over. */
import { type Attack, outcomeOf, type Trial } from '../attack.ts';
import { type MarkedCall, RATE, SLOT_SECONDS } from '../call.ts';
import { CODECS } from '../codecs.ts';
import { replaced } from '../edits.ts';
import type { Lab } from '../lab.ts';
import { asLoudAs } from '../lift.ts';
import { listen, lostAfter, story } from '../listen.ts';
import { randomOf } from '../random.ts';
import { pictureOf } from '../report/draw.ts';
import { quantile } from '../statistics.ts';

const GENUINE_SLOTS = 4;
const SLOTS = 10;
/** The slot that runs, two whole ones, the keys' delay, and the time until the record of the last is there, seconds. */
export const LOSS_SECONDS: number = 3 * SLOT_SECONDS + 2 + 0.5;

/** What goes on in the agent's place, as loud as it. */
interface Form {
  readonly name: string;
  /** When `live` must be lost, seconds after the attack begins. */
  readonly within: number;
  /** @param cut where the attack begins, seconds */
  sound(call: MarkedCall, cut: number, lab: Lab, voice: number): Float32Array;
}

const voiceFrom = (next: number) => (call: MarkedCall, cut: number, lab: Lab, voice: number) =>
  asLoudAs(lab.speech(voice + next, cut + 7, call.plain.length / RATE - cut), call.plain);

/** Every other piece of the call as it was some time ago, the mark with it. */
const pieces = (pieceSeconds: number, lateSeconds: number) => (call: MarkedCall, cut: number) => {
  const [piece, late, from] = [pieceSeconds, lateSeconds, cut].map((seconds) => Math.round(seconds * RATE));
  return call.samples.subarray(from).map((v, i) => (Math.floor(i / piece) % 2 === 0 ? call.samples[from + i - late] : v));
};

/** Where half of the sound is the agent's own, its falls take two slots more to add up. */
const PIECES_SECONDS = LOSS_SECONDS + 2 * SLOT_SECONDS;

const FORMS: readonly Form[] = [
  { name: 'the same voice, unmarked', within: LOSS_SECONDS, sound: voiceFrom(0) },
  { name: 'another voice', within: LOSS_SECONDS, sound: voiceFrom(1) },
  { name: 'every other 0.6 s of the agent 1.2 s late', within: PIECES_SECONDS, sound: pieces(0.6, 1.2) },
  { name: 'every other 1.2 s of the agent 3 s late', within: PIECES_SECONDS, sound: pieces(1.2, 3) },
];

async function takeOver(unit: number, lab: Lab): Promise<Trial> {
  const random = randomOf(unit + 501);
  const form = FORMS[unit % FORMS.length];
  const voice = Math.floor(unit / FORMS.length);
  const codec = CODECS[voice % CODECS.length];
  const call = lab.call(voice, 0, SLOTS);
  const cut = (GENUINE_SLOTS + random()) * SLOT_SECONDS;
  const heard = await codec.through(replaced(call.samples, cut, form.sound(call, cut, lab, voice)));
  const verifier = await listen(heard, { rate: codec.rate, trust: lab.trust, operators: [call] });
  const { began, lost, again } = lostAfter(verifier, cut);
  const attack = { fromSeconds: cut, toSeconds: SLOTS * SLOT_SECONDS, what: form.name };
  return {
    variant: `${codec.name}, ${form.name}`,
    observed: `${story(verifier)}; lost after ${lost.toFixed(1)} s`,
    outcome: outcomeOf(again || lost > form.within, began),
    figures: { lostSeconds: lost },
    picture: pictureOf(heard, codec.rate, verifier, [attack]),
  };
}

export const lossSummary = (trials: readonly Trial[]): string => {
  const seconds = trials.map((trial) => trial.figures!.lostSeconds);
  return `lost after ${quantile(seconds, 0.5).toFixed(1)} s in the median, ${Math.max(...seconds).toFixed(1)} s at most`;
};

export const takeover: Attack = {
  id: 'takeover',
  title: 'Take a live call over, unmarked',
  threats: ['mix or insert unmarked speech', 'remove, overwrite, jam'],
  how: 'The call is genuine until it is live. Then an unmarked voice goes on in its place, the agent’s own or another, or every other piece of the agent comes late: the rest could be anything.',
  expected: `live is lost within the running slot, two more and the keys’ delay (${LOSS_SECONDS.toFixed(1)} s), two slots later where every other piece is the agent’s, and does not come back`,
  remains: 'those seconds',
  units: (size, tries) => tries ?? { quick: 1, normal: 16, full: 64 }[size],
  run: async (unit, lab) => [await takeOver(unit, lab)],
  summary: lossSummary,
};
