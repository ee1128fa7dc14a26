/** How close a try came: what the detector measures of each slot, measured again from outside (protocol/spec/09, matching; 06, digest). */
import { BITS_PER_FRAME, FRAMES_PER_SLOT, type HeardSlot, LANE_BITS_PER_SLOT, slotDigest } from '@undertone/signal';
import { type DigestDistance, digestDistance, digestSelection, maskSealedBits, matchInformation } from '@undertone/token';
import type { MarkedCall } from './call.ts';
import { hearSlots } from './lift.ts';

/** Bits of W from which a model frame's words are compared. */
const CARRIED_BITS = 0.5;

/** One slot against its record. */
export interface SlotMargin extends DigestDistance {
  readonly slot: number;
  /** W, bits. */
  readonly bits: number;
}

function sealedLane(llr: Float32Array): Float32Array {
  const first = BITS_PER_FRAME / 2;
  return Float32Array.from(
    { length: LANE_BITS_PER_SLOT },
    (_, i) => llr[Math.floor(i / first) * BITS_PER_FRAME + first + (i % first)],
  );
}

function slotMargin({ session }: MarkedCall, record: MarkedCall['records'][number], heard: HeardSlot): SlotMargin {
  const { slot, sentMap, sealedBits, digest } = record;
  const key = session.keyForSlot(slot);
  const coded = maskSealedBits(sealedBits, key, session.cardHash, slot);
  const { total, perFrame } = matchInformation(sealedLane(heard.llr), coded, sentMap);
  const measured = slotDigest(heard.levels, digestSelection(key, session.cardHash, slot));
  const perFrameBytes = measured.clear.length / FRAMES_PER_SLOT;
  const clear = measured.clear.map((byte, i) => (perFrame[Math.floor(i / perFrameBytes)] >= CARRIED_BITS ? byte : 0));
  return { slot, bits: total, ...digestDistance({ bits: measured.bits, clear }, digest) };
}

/** Every slot of the call that is heard in a sound. @param core at 8 kHz, beginning with slot 1 */
export function margins(call: MarkedCall, core: Float32Array): SlotMargin[] {
  const heard = hearSlots(core);
  return call.records.flatMap((record) => {
    const slot = heard.get(record.slot);
    return slot ? [slotMargin(call, record, slot)] : [];
  });
}
