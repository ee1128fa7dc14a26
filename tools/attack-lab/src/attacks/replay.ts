/** Playing a call again: later, or on another line. */
import { type Attack, outcomeOf, type Trial } from '../attack.ts';
import { SLOT_SECONDS } from '../call.ts';
import { CODECS, type Codec } from '../codecs.ts';
import type { Lab } from '../lab.ts';
import { everLive, findings, type Heard, type ListenOptions, listen, story } from '../listen.ts';
import { pictureOf } from '../report/draw.ts';

const SLOTS = 7;

interface Form {
  readonly name: string;
  /** Whether `live` is right: the sound came before any key was out. */
  readonly live: boolean;
  readonly named?: string;
  readonly options: Partial<ListenOptions>;
}

/** δ of the calls is 2 s: a slot's key is out 2 s after its end. */
const FORMS: readonly Form[] = [
  { name: '1.5 s late, within the bound', live: true, options: { lateMs: 1500 } },
  { name: '1.9 s late, at the bound', live: true, options: { lateMs: 1900 } },
  { name: 'on time', live: true, options: {} },
  { name: '2.1 s late, beyond the bound', live: false, named: 'replayed', options: { lateMs: 2100 } },
  { name: '5 s late', live: false, named: 'replayed', options: { lateMs: 5000 } },
  { name: 'a minute late', live: false, named: 'replayed', options: { lateMs: 60_000 } },
  { name: 'a day late', live: false, options: { lateMs: 86_400_000 } },
];

function judge(form: Form, codec: Codec, sound: Float32Array, heard: Heard): Trial {
  const live = everLive(heard);
  const named = form.named === undefined || findings(heard).has(form.named);
  return {
    variant: `${codec.name}, ${form.name}`,
    observed: `${story(heard)}${findings(heard).has('replayed') ? '; replayed' : ''}`,
    outcome: outcomeOf(live && !form.live, live === form.live && named),
    picture: pictureOf(sound, codec.rate, heard, []),
  };
}

/** The same call, delayed. */
async function delayed(unit: number, lab: Lab): Promise<Trial> {
  const form = FORMS[unit % FORMS.length];
  const codec = CODECS[Math.floor(unit / FORMS.length) % CODECS.length];
  const call = lab.call(unit, 0, SLOTS);
  const sound = await codec.through(call.samples);
  return judge(
    form,
    codec,
    sound,
    await listen(sound, { rate: codec.rate, trust: lab.trust, operators: [call], ...form.options }),
  );
}

export const replay: Attack = {
  id: 'replay',
  title: 'Replay a call, delayed',
  threats: ['replay a recording', 'forge with disclosed keys'],
  how: 'The verifier hears the true call with the true channel beside it, some time after it was spoken: within the disclosure delay of 2 s, at its edge and beyond.',
  expected:
    'live while no key of a slot was out when its last sample came; beyond that never live, and named replayed. A day later the card has expired',
  remains: 'a relay within the delay is the call itself',
  units: (size) => (size === 'quick' ? 1 : FORMS.length * CODECS.length),
  run: async (unit, lab) => [await delayed(unit, lab)],
};

/** An earlier call of the same agent, played into a new one. */
export const replayIntoNew: Attack = {
  id: 'replay-into-new',
  title: 'Play an earlier call into a new one',
  threats: ['replay a recording', "embed somebody's public identity"],
  how: 'A new call of the same agent is announced by signalling. What is heard is the recording of an earlier one, whose records, keys and card are all public by now and still served by the channel.',
  expected: 'claimed at most, for the earlier session; never live for either',
  remains: '–',
  units: (size) => (size === 'quick' ? 0 : 2 * CODECS.length),
  run: async (unit, lab) => {
    const codec = CODECS[unit % CODECS.length];
    const [earlier, now] = [lab.call(unit, 0, SLOTS), lab.call(unit, 6, SLOTS)];
    const sound = await codec.through(earlier.samples);
    // Both sessions carry the same t0; the earlier one is put into the past by playing a minute late.
    const heard = await listen(sound, { rate: codec.rate, trust: lab.trust, operators: [now, earlier], lateMs: 60_000 });
    return [
      {
        variant: codec.name,
        observed: story(heard),
        outcome: outcomeOf(everLive(heard), true),
        picture: pictureOf(sound, codec.rate, heard, [
          { fromSeconds: 0, toSeconds: SLOTS * SLOT_SECONDS, what: 'an earlier call' },
        ]),
      },
    ];
  },
};
