/** Another voice, without a mark, takes a live call over. */
import { type Attack, outcomeOf, type Trial } from '../attack.ts';
import { RATE, SLOT_SECONDS } from '../call.ts';
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

async function takeOver(unit: number, lab: Lab): Promise<Trial> {
  const random = randomOf(unit + 501);
  const codec = CODECS[Math.floor(unit / 2) % CODECS.length];
  const same = unit % 2 === 0;
  const call = lab.call(unit >> 1, 0, SLOTS);
  const cut = (GENUINE_SLOTS + random()) * SLOT_SECONDS;
  const seconds = call.plain.length / RATE - cut;
  const other = lab.speech((unit >> 1) + (same ? 0 : 1), cut + 7, seconds);
  const heard = await codec.through(replaced(call.samples, cut, asLoudAs(other, call.plain)));
  const verifier = await listen(heard, { rate: codec.rate, trust: lab.trust, operators: [call] });
  const { began, lost, again } = lostAfter(verifier, cut);
  return {
    variant: `${codec.name}, ${same ? 'the same voice, unmarked' : 'another voice'}`,
    observed: `${story(verifier)}; lost after ${lost.toFixed(1)} s`,
    outcome: outcomeOf(again || lost > LOSS_SECONDS, began),
    figures: { lostSeconds: lost },
    picture: pictureOf(heard, codec.rate, verifier, [{ fromSeconds: cut, toSeconds: cut + seconds, what: 'unmarked' }]),
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
  how: 'The call is genuine until it is live. Then an unmarked voice goes on in its place, the agent’s own or another.',
  expected: `live is lost within the running slot, two more and the keys’ delay (${LOSS_SECONDS.toFixed(1)} s), and does not come back`,
  remains: 'those seconds',
  units: (size, tries) => tries ?? { quick: 1, normal: 8, full: 64 }[size],
  run: async (unit, lab) => [await takeOver(unit, lab)],
  summary: lossSummary,
};
