/** What an agent heard, as its encoder digests it, is found in what the caller's side sent, and in nobody else's voice. */

import { createSession, heardSelection } from '@undertone/token';
import { beforeAll, describe, expect, it } from 'vitest';
import { SentVoice, type TwoWay, TwoWayTally } from '../packages/detector/src/sent-voice.ts';
import { Ears } from '../packages/encoder/src/ears.ts';
import { issuer, seeded, speech, T0, telephone } from './call.ts';

const RATE = 8000;
const SLOT_SECONDS = 2.56;
const session = createSession({ issuer, agent: 'concierge', t0Ms: T0, random: seeded(1) });
let caller: Float32Array;
let stranger: Float32Array;
beforeAll(async () => {
  caller = telephone(await speech('ru-f'));
  stranger = telephone(await speech('it-m'));
});

/** The agent hears `heard` so many samples late; the caller's side compares with `sent`. */
function compare(heard: Float32Array, sent: Float32Array, late: number): TwoWay | null {
  const digests: [number, number][] = [];
  const ears = new Ears(session, RATE, (slot, digest) => digests.push([slot, digest]));
  const arriving = new Float32Array(heard.length + late);
  arriving.set(heard, late);
  for (let at = 0; at < arriving.length; at += 640) ears.push(arriving.subarray(at, at + 640), at);
  const voice = new SentVoice(RATE, 0);
  voice.push(sent);
  const tally = new TwoWayTally();
  let sum: TwoWay | null = null;
  for (const [slot, digest] of digests) {
    const selection = heardSelection(session.keyForSlot(slot), session.cardHash, slot);
    sum = tally.add(voice, (slot - 1) * SLOT_SECONDS, selection, digest) ?? sum;
  }
  return sum;
}

describe('what the agent heard', () => {
  it('is found in what was sent, with its delay, over µ-law both ways', () => {
    for (const late of [0, 1234, 8000]) {
      const found = compare(telephone(caller, RATE), caller, late)!;
      expect(found.slots).toBeGreaterThan(4);
      expect(found.bits).toBeGreaterThan(48);
      expect(found.delaySeconds).toBeCloseTo(late / RATE, 1);
    }
  });
  it('is not found in another voice, nor later than two seconds', () => {
    expect(compare(stranger, caller, 1234)!.bits).toBeLessThan(24);
    expect(compare(caller, caller, 3 * RATE)!.bits).toBeLessThan(24);
  });
});
