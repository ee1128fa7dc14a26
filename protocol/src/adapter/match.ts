/** Operations on digests, matching and states (pages 06 and 09). */
import { epochDigest, slotDigest } from '@undertone/signal';
import {
  addDistances,
  type DigestDistance,
  digestDistance,
  digestVerdict,
  epochDigestVerdict,
  hex,
  isVerified,
  MarkLoss,
  maskSealedBits,
  matchInformation,
  opensSpan,
  requiredBits,
  type SpanEvent,
  type SpanState,
  transition,
  UnexplainedSpeech,
  wordsProven,
} from '@undertone/token';
import type { Json } from '../contract.ts';
import { bytes, list, number, numbers, type Operation, objects, ok, refused } from './input.ts';

const distances = (input: Json): DigestDistance[] =>
  objects(input, 'slots').map((slot) =>
    digestDistance({ bits: bytes(slot, 'bits'), clear: bytes(slot, 'clear') }, bytes(slot, 'signed')),
  );

export const matchOperations: { readonly [name: string]: Operation } = {
  'digest.slot': (input) => {
    const digest = slotDigest(numbers(input, 'levels'), bytes(input, 'selection'));
    return ok({ bits: hex(digest.bits), clear: hex(digest.clear), epochDigest: epochDigest([digest]) });
  },
  'digest.compare': (input) => {
    const slots = distances(input);
    // A slot whose own words are others is not covered up by its neighbours.
    if (slots.some((slot) => digestVerdict(slot.compared, slot.errors) === 'mismatch')) return refused('digest-mismatch');
    const { compared, errors } = addDistances(slots);
    const verdict = digestVerdict(compared, errors);
    return verdict === 'match' ? ok({ compared, errors }) : refused(`digest-${verdict}`);
  },
  'digest.prove': (input) => {
    const sum = addDistances(distances(input));
    return wordsProven(sum) ? ok({ compared: sum.compared, errors: sum.errors }) : refused('digest-undecided');
  },
  'digest.epoch': (input) => {
    const verdict = epochDigestVerdict(number(input, 'signed'), number(input, 'measured'));
    return verdict === 'match' ? ok() : refused(`digest-${verdict}`);
  },
  'match.information': (input) => {
    const coded = maskSealedBits(
      bytes(input, 'sealedBits'),
      bytes(input, 'key'),
      bytes(input, 'cardHash'),
      number(input, 'slot'),
    );
    const { total, perFrame } = matchInformation(numbers(input, 'ratios', 0), coded, number(input, 'sentMap'));
    return ok({ bits: total, perFrame: [...perFrame] });
  },
  'match.decide': (input) => {
    const required = requiredBits(number(input, 'candidates'));
    return number(input, 'bits') >= required ? ok({ required }) : refused('match-too-weak');
  },
  'match.follow': (input) => {
    const unexplained = new UnexplainedSpeech();
    const ended = objects(input, 'slots').some((slot) => unexplained.slot(number(slot, 'speechMs'), number(slot, 'bits')));
    return ended ? refused('unexplained-speech') : ok();
  },
  'match.fall': (input) => {
    const loss = new MarkLoss();
    const lost = list(input, 'slots').map((perFrame) => loss.slot(perFrame as number[]));
    return lost.at(-1) ? refused('unexplained-speech') : ok({ throughout: loss.throughout });
  },
  'state.run': (input) => {
    let state: SpanState = 'absent';
    let spans = 1;
    const states = list(input, 'events').map((event) => {
      const next = transition(state, event as SpanEvent);
      if (opensSpan(state, next)) spans++;
      state = next;
      return state;
    });
    return ok({ states, verified: isVerified(state), spans });
  },
};
