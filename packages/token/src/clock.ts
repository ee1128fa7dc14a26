/**
 * The clock of the protocol (protocol page §4): model frames of 80 ms, slots of 32 frames numbered from 1,
 * groups of 4 slots numbered from 0, epochs of 8 (or 4) slots numbered from 1.
 */
export const MODEL_FRAME_MS: number = 80;
export const FRAMES_PER_SLOT: number = 32;
export const SLOT_MS: number = 2560;
export const SLOTS_PER_GROUP: number = 4;
/** Coded bits of one lane in one slot. */
export const LANE_BITS_PER_SLOT: number = 64;

/** Start of slot `slot`, in ms after t0. */
export function slotStartMs(slot: number): number {
  return (slot - 1) * SLOT_MS;
}

/** Slot that contains a time in ms after t0. */
export function slotAtMs(ms: number): number {
  return Math.floor(ms / SLOT_MS) + 1;
}

/** First slot of a group (s ≡ 1 mod 4). */
export function firstSlotOfGroup(group: number): number {
  return group * SLOTS_PER_GROUP + 1;
}

export function lastSlotOfGroup(group: number): number {
  return (group + 1) * SLOTS_PER_GROUP;
}

export function groupOfSlot(slot: number): number {
  return Math.floor((slot - 1) / SLOTS_PER_GROUP);
}

export function epochOfSlot(slot: number, epochSlots: number): number {
  return Math.floor((slot - 1) / epochSlots) + 1;
}

export function lastSlotOfEpoch(epoch: number, epochSlots: number): number {
  return epoch * epochSlots;
}
