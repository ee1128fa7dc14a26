/** Whether the words of an epoch are the signed ones, by the 22 bits that its AUTH carries (protocol/spec/06-digest.md). */
import { epochDigest, slotDigest, withoutTail } from '@undertone/signal';
import { type Card, type DigestVerdict, digestSelection, epochDigestVerdict, lastSlotOfEpoch } from '@undertone/token';

/**
 * @param signed 22 bits
 * @param levels levels of a slot of the session as heard; null where it was not
 * @param key K_s of a slot of the epoch
 * @returns `undecided` also when the epoch was not heard whole
 */
export function epochWords(
  { cardHash, epochSlots }: Pick<Card, 'cardHash' | 'epochSlots'>,
  epoch: number,
  signed: number,
  levels: (slot: number) => Float32Array | null,
  key: (slot: number) => Uint8Array | null,
): DigestVerdict {
  const last = lastSlotOfEpoch(epoch, epochSlots);
  const digests = [];
  for (let slot = last - epochSlots + 1; slot <= last; slot++) {
    const [heard, secret] = [levels(slot), key(slot)];
    if (!heard || !secret) return 'undecided';
    digests.push(slotDigest(slot === last ? withoutTail(heard) : heard, digestSelection(secret, cardHash, slot)));
  }
  return epochDigestVerdict(signed, epochDigest(digests));
}
