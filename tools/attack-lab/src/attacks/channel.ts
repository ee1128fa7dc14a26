/** A verification channel in the hands of an attacker. */
import type { ChannelListener } from '@undertone/channel';
import { parseRecord, randomBytes } from '@undertone/token';
import { type Attack, outcomeOf } from '../attack.ts';
import { CODECS } from '../codecs.ts';
import { between, everLive, findings, type ListenOptions, listen, story } from '../listen.ts';
import { pictureOf } from '../report/draw.ts';

const SLOTS = 7;

/** A channel that passes on what it likes. */
const passing =
  (change: (listener: ChannelListener, nowMs: () => number) => ChannelListener): ListenOptions['between'] =>
  (channel, nowMs) =>
    between(channel, { subscribe: (cardHash, listener) => channel.subscribe(cardHash, change(listener, nowMs)) });

/** Holds records back until the key of their slot is out. */
function withKeys(listener: ChannelListener): ChannelListener {
  const held: Uint8Array[] = [];
  return {
    ...listener,
    record: (bytes) => void held.push(bytes),
    key: (slot, key) => {
      while (held.length > 0 && parseRecord(held[0]).slot <= slot) listener.record(held.shift()!);
      listener.key(slot, key);
    },
  };
}

const FORMS: readonly { readonly name: string; readonly named?: string; readonly between: ListenOptions['between'] }[] = [
  { name: 'keys withheld', between: passing((listener) => ({ ...listener, key: () => {} })) },
  { name: 'records withheld', between: passing((listener) => ({ ...listener, record: () => {} })) },
  { name: 'records held until their keys are out', between: passing(withKeys) },
  {
    name: 'other keys',
    named: 'key-mismatch',
    between: passing((listener) => ({ ...listener, key: (slot) => listener.key(slot, randomBytes(12)) })),
  },
  {
    name: 'records with another digest',
    between: passing((listener) => ({
      ...listener,
      record: (bytes) => listener.record(bytes.map((byte, i) => (i >= 87 && i < 151 ? byte ^ 0xff : byte))),
    })),
  },
  {
    name: 'keys under another slot’s number',
    named: 'key-mismatch',
    between: passing((listener) => ({ ...listener, key: (slot, key) => listener.key(slot + 1, key) })),
  },
];

export const compromisedChannel: Attack = {
  id: 'compromised-channel',
  title: 'Hold the verification channel',
  threats: ['a compromised channel', 'forge with disclosed keys'],
  how: 'The sound is genuine; the channel withholds, delays or forges records and keys. What can be done to genuine sound can be done to any.',
  expected:
    'never live: what is withheld proves nothing, a key must hash down to the card, a record must be signed and come before its key',
  remains: 'withholding',
  units: (size) => (size === 'quick' ? 1 : FORMS.length * CODECS.length),
  run: async (unit, lab) => {
    const form = FORMS[unit % FORMS.length];
    const codec = CODECS[Math.floor(unit / FORMS.length) % CODECS.length];
    const call = lab.call(unit, 0, SLOTS);
    const sound = await codec.through(call.samples);
    const heard = await listen(sound, { rate: codec.rate, trust: lab.trust, operators: [call], between: form.between });
    const codes = findings(heard);
    return [
      {
        variant: `${codec.name}, ${form.name}`,
        observed: `${story(heard)}${form.named && codes.has(form.named) ? `; ${form.named}` : ''}`,
        outcome: outcomeOf(everLive(heard), form.named === undefined || codes.has(form.named)),
        picture: pictureOf(sound, codec.rate, heard, []),
      },
    ];
  },
};
