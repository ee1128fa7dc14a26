/** Operations on slot keys and clocks (page 04). */
import {
  arrivedInTime,
  boundAt,
  type ClockBound,
  chainStep,
  createChain,
  digestSelection,
  disclosureTimeMs,
  hex,
  newestDisclosableSlot,
  parseCard,
  sealMask,
  verifyKey,
  verifySignedTime,
} from '@undertone/token';
import type { Json } from '../contract.ts';
import { bytes, number, type Operation, object, ok, refused } from './input.ts';

const clockBound = (input: Json): ClockBound | null => {
  if (input.bound === null) return null;
  const bound = object(input, 'bound');
  return { timeMs: number(bound, 'timeMs'), askedAtMs: number(bound, 'askedAtMs') };
};

const clock = (input: Json): { t0Ms: number; delaySeconds: number; slots: number } => ({
  t0Ms: number(input, 't0Ms'),
  delaySeconds: number(input, 'delaySeconds'),
  slots: number(input, 'slots'),
});

export const chainOperations: { readonly [name: string]: Operation } = {
  'chain.make': (input) => {
    const chain = createChain(bytes(input, 'seed'), number(input, 'slots'), bytes(input, 'sessionKey'));
    return ok({ root: hex(chain.root), newest: hex(chain.keyForSlot(chain.slots)) });
  },
  'chain.verify': (input) => {
    const slot = number(input, 'slot');
    if (slot > number(input, 'slots')) return refused('key-mismatch');
    const anchor = object(input, 'anchor');
    const holds = verifyKey(
      bytes(input, 'key'),
      slot,
      { slot: number(anchor, 'slot'), key: bytes(anchor, 'key') },
      bytes(input, 'sessionKey'),
    );
    return holds ? ok() : refused('key-mismatch');
  },
  'chain.derive': (input) => {
    const [key, cardHash, slot] = [bytes(input, 'key'), bytes(input, 'cardHash'), number(input, 'slot')];
    return ok({
      previous: hex(chainStep(key, slot, bytes(input, 'sessionKey'))),
      mask: hex(sealMask(key, cardHash, slot)),
      selection: hex(digestSelection(key, cardHash, slot)),
    });
  },
  'chain.release': (input) => {
    const [card, slot] = [clock(input), number(input, 'slot')];
    return slot >= 1 && slot <= newestDisclosableSlot(card, number(input, 'nowMs'))
      ? ok({ dueMs: disclosureTimeMs(card, slot) })
      : refused('key-not-due');
  },
  'time.verify': (input) => {
    const answer = object(input, 'answer');
    const [asked, signature] = [bytes(input, 'nonce'), bytes(answer, 'signature')];
    const signed = { nonce: asked, timeMs: number(answer, 'timeMs'), signature };
    return verifySignedTime(signed, asked, parseCard(bytes(input, 'card'))) ? ok() : refused('time-bad-signature');
  },
  'clock.bound': (input) => {
    const upper = boundAt(clockBound(input) ?? { timeMs: Number.NaN, askedAtMs: Number.NaN }, number(input, 'atMs'));
    return upper === null ? refused('clock-unbounded') : ok({ upperMs: upper });
  },
  'arrival.check': (input) => {
    const [bound, at] = [clockBound(input), [number(input, 'lastSampleMs'), number(input, 'recordMs')]];
    if (bound === null || at.some((ms) => boundAt(bound, ms) === null)) return refused('clock-unbounded');
    return arrivedInTime(clock(input), number(input, 'slot'), bound, at[0], at[1]) ? ok() : refused('arrived-late');
  },
};
