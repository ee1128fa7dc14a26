/** The verifier's clock, and the operator's word about the time. */
import type { TimeAnswer, VerificationChannel } from '@undertone/channel';
import { randomBytes } from '@undertone/token';
import { type Attack, outcomeOf, type Trial } from '../attack.ts';
import { CODECS, MULAW } from '../codecs.ts';
import type { Lab } from '../lab.ts';
import { between, everLive, findings, type Heard, type ListenOptions, listen, story } from '../listen.ts';
import { pictureOf } from '../report/draw.ts';

const SLOTS = 7;

/** A form of an attack on the clock. */
interface Form {
  readonly name: string;
  readonly live: boolean;
  readonly named?: string;
  readonly options: Partial<ListenOptions>;
}

/** A channel that answers clock questions in its own way. */
const answering =
  (
    answer: (real: VerificationChannel, cardHash: Uint8Array, nonce: Uint8Array) => Promise<TimeAnswer | null>,
  ): ListenOptions['between'] =>
  (channel) =>
    between(channel, { time: (cardHash, nonce) => answer(channel, cardHash, nonce) });

const HOUR = 3_600_000;

const SKEWS: readonly Form[] = [
  { name: 'verifier two minutes ahead', live: true, options: { skewMs: 120_000 } },
  {
    name: 'verifier 30 s ahead, the sound 2.1 s late',
    live: false,
    named: 'replayed',
    options: { skewMs: 30_000, lateMs: 2100 },
  },
  { name: 'verifier 30 s behind, the sound 5 s late', live: false, options: { skewMs: -30_000, lateMs: 5000 } },
  {
    name: 'verifier an hour behind: the card is not valid yet',
    live: false,
    named: 'card-not-yet-valid',
    options: { skewMs: -HOUR },
  },
  { name: 'verifier an hour ahead: the card has expired', live: false, named: 'card-expired', options: { skewMs: HOUR } },
  { name: 'verifier’s clock 200 ppm fast', live: true, options: { drift: 2e-4 } },
  { name: 'verifier’s clock 200 ppm slow', live: true, options: { drift: -2e-4, skewMs: 10 } },
  {
    name: '200 ppm slow, the sound 2.1 s late',
    live: false,
    named: 'replayed',
    options: { drift: -2e-4, skewMs: 10_000, lateMs: 2100 },
  },
];

/** A replay a minute late, with everything public: only the time stands between it and `live`. */
const LATE = { lateMs: 60_000 };
const ANSWERS: readonly Form[] = [
  { name: 'no answer', live: false, options: { between: answering(async () => null) } },
  {
    name: 'an answer to another nonce, from before',
    live: false,
    options: { ...LATE, between: answering((real, card) => real.time(card, randomBytes(16))) },
  },
  {
    name: 'an earlier time under the true signature',
    live: false,
    options: {
      ...LATE,
      between: answering(async (real, card, nonce) => {
        const answer = (await real.time(card, nonce))!;
        return { ...answer, timeMs: answer.timeMs - 60_000 };
      }),
    },
  },
  {
    name: 'an earlier time under a random signature',
    live: false,
    options: { ...LATE, between: answering(async () => ({ timeMs: 0, signature: randomBytes(64) })) },
  },
];

async function attempt(forms: readonly Form[], unit: number, lab: Lab): Promise<Trial> {
  const form = forms[unit % forms.length];
  const codec = CODECS[Math.floor(unit / forms.length) % CODECS.length] ?? MULAW;
  const call = lab.call(unit, 0, SLOTS);
  const sound = await codec.through(call.samples);
  const heard: Heard = await listen(sound, { rate: codec.rate, trust: lab.trust, operators: [call], ...form.options });
  const codes = findings(heard);
  const live = everLive(heard);
  return {
    variant: `${codec.name}, ${form.name}`,
    observed: `${story(heard)}${form.named && codes.has(form.named) ? `; ${form.named}` : ''}`,
    outcome: outcomeOf(live && !form.live, live === form.live && (form.named === undefined || codes.has(form.named))),
    picture: pictureOf(sound, codec.rate, heard, []),
  };
}

export const clockSkew: Attack = {
  id: 'clock-skew',
  title: 'Skew the verifier’s clock',
  threats: ['delay the sound, skew the clock'],
  how: 'The verifier’s clock stands ahead or behind, or goes fast or slow, alone and together with sound that comes late.',
  expected:
    'an offset within the card’s life and drift within 200 ppm change nothing; sound beyond the bound is never live, whatever the offset',
  remains: 'a verifier whose clock stood still while it slept must forget its bound: its host has to say so',
  units: (size) => (size === 'quick' ? 1 : SKEWS.length * CODECS.length),
  run: async (unit, lab) => [await attempt(SKEWS, unit, lab)],
};

export const clockAnswers: Attack = {
  id: 'clock-answers',
  title: 'Lie about the operator’s time',
  threats: ['delay the sound, skew the clock', 'a compromised channel'],
  how: 'Whoever holds the channel replays a minute-old call with all its keys, and answers the clock question with nothing, an old answer, or a time of his own.',
  expected: 'no answer that the session key did not sign for this nonce gives a bound; without a bound never live',
  remains: '–',
  units: (size) => (size === 'quick' ? 0 : ANSWERS.length * CODECS.length),
  run: async (unit, lab) => [await attempt(ANSWERS, unit, lab)],
};
