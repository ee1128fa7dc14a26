/** Guessing: bits made without the keys, and searching alignments, slots and sessions for one that fits. */
import { LANE_BITS_PER_SLOT, MAX_LLR } from '@undertone/signal';
import { encodeAuth, matchInformation, randomBytes, TagTally, verifyAuth } from '@undertone/token';
import { type Attack, outcomeOf } from '../attack.ts';
import { CODECS } from '../codecs.ts';
import type { Lab } from '../lab.ts';
import { asLoudAs, hearSlots, layBits, toCore } from '../lift.ts';
import { everLive, listen, story } from '../listen.ts';
import { randomOf } from '../random.ts';
import { pictureOf } from '../report/draw.ts';

const SLOTS = 6;
const ALL_FRAMES = 0xffffffff;

/** W against many masks, for sound that was made to be as sure as can be: how often it reaches w must stay under 2^−w. */
async function searched(unit: number, lab: Lab): Promise<{ most: number; tries: number; over: number[] }> {
  const marked = lab.call(unit, unit % 7, SLOTS);
  const slots = [
    ...hearSlots(toCore(await CODECS[unit % CODECS.length].through(marked.samples), CODECS[unit % CODECS.length].rate)).values(),
  ];
  const lanes = slots.flatMap(({ llr }) => {
    const sealed = Float32Array.from({ length: LANE_BITS_PER_SLOT }, (_, i) => llr[(i >> 1) * 4 + 2 + (i & 1)]);
    // As heard, and with every bit as sure as the clipping allows.
    return [sealed, sealed.map((l) => Math.sign(l) * MAX_LLR)];
  });
  const LEVELS = [4, 8, 12];
  const over = LEVELS.map(() => 0);
  let [most, tries] = [-Infinity, 0];
  for (const lane of lanes)
    for (let i = 0; i < MASKS; i++) {
      const { total } = matchInformation(lane, randomBytes(8), ALL_FRAMES);
      most = Math.max(most, total);
      tries++;
      LEVELS.forEach((level, k) => {
        if (total >= level) over[k]++;
      });
    }
  return { most, tries, over: over.map((n, k) => (n / tries) * 2 ** LEVELS[k]) };
}
const MASKS = 4000;

export const guessBits: Attack = {
  id: 'guess-bits',
  title: 'Guess sealed bits',
  threats: ['guess tags, search alignments'],
  how: `Real marked sound is compared with ${MASKS} random masks a slot, as it is heard and with every ratio as sure as can be. In theory P(W ≥ w) ≤ 2^−w whatever the sound; a match needs 48 bits.`,
  expected: 'the share that reaches w bits times 2^w stays near or under 1; nothing comes near 48 bits',
  remains: 'as computed: 2^−40 for each call',
  units: (size) => ({ quick: 1, normal: 4, full: 32 })[size],
  run: async (unit, lab) => {
    const { most, tries, over } = await searched(unit, lab);
    return [
      {
        variant: `${tries} masks`,
        observed: `W at most ${most.toFixed(1)} bits`,
        outcome: outcomeOf(most >= 48, over[0] <= 1.1 && over[1] <= 2),
        figures: { most, tries, over4: over[0], over8: over[1], over12: over[2] },
      },
    ];
  },
  summary: (trials) => {
    const figures = trials.map((t) => t.figures!);
    const share = (key: string): string => (figures.reduce((a, f) => a + f[key], 0) / figures.length).toFixed(3);
    const tries = figures.reduce((a, f) => a + f.tries, 0);
    return `${tries} guesses, W at most ${Math.max(...figures.map((f) => f.most)).toFixed(1)} of 48 bits; share over w times 2^w: ${share('over4')} (w = 4), ${share('over8')} (8), ${share('over12')} (12)`;
  },
};

export const guessLive: Attack = {
  id: 'guess-live',
  title: 'Mark speech with guessed bits, live',
  threats: ['guess tags, search alignments'],
  how: 'The agent’s own voice is marked with random sealed bits at three times the encoder’s strength, at the true alignment, while the verifier follows the true session.',
  expected: 'never live',
  remains: '–',
  units: (size, tries) => tries ?? { quick: 0, normal: 4, full: 100 }[size],
  run: async (unit, lab) => {
    const codec = CODECS[unit % CODECS.length];
    const call = lab.call(unit, 0, SLOTS);
    const random = randomOf(unit + 77);
    const bits = new Map(call.records.map(({ slot }) => [slot, Float32Array.from({ length: 128 }, () => random() - 0.5)]));
    const words = asLoudAs(lab.speech(unit, 12, SLOTS * 2.56), call.plain);
    const sound = await codec.through(layBits(words, bits, { strength: 3 }));
    const heard = await listen(sound, { rate: codec.rate, trust: lab.trust, operators: [call] });
    return [
      {
        variant: codec.name,
        observed: story(heard),
        outcome: outcomeOf(everLive(heard), true),
        picture: pictureOf(sound, codec.rate, heard, []),
      },
    ];
  },
};

const TAGS = 20_000;

export const guessTags: Attack = {
  id: 'guess-tags',
  title: 'Guess AUTH tags',
  threats: ['guess tags, search alignments'],
  how: `${TAGS} random AUTH bodies a unit against the keys of a real session; what holds is summed as a verifier sums it, each reading charged.`,
  expected: 'none holds, but for 2^−24 of them; the sum never supports live (48 bits)',
  remains: 'as computed',
  units: (size) => ({ quick: 0, normal: 2, full: 16 })[size],
  run: async (unit, lab) => {
    const { session } = lab.call(unit, 0, SLOTS);
    const key = session.keyForSlot(3);
    const tally = new TagTally();
    let held = 0;
    for (let i = 0; i < TAGS; i++) {
      const holds = verifyAuth(randomBytes(6), key, session.cardHash, 1) !== null;
      if (holds) held++;
      tally.add({ epoch: 1 + (i % 100), holds, candidates: 1 + i, words: 'match' });
    }
    // The program would be no test if a true tag did not hold.
    const genuine = verifyAuth(encodeAuth(key, session.cardHash, 1, 'full', 0x155555), key, session.cardHash, 1) !== null;
    return [{ variant: `${TAGS} tags`, observed: `${held} hold`, outcome: outcomeOf(tally.enough, held <= 1 && genuine) }];
  },
};
