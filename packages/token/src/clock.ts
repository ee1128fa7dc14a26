/**
 * The clock of the protocol (protocol/spec/03-frames.md): model frames of 80 ms, slots of 32 model frames numbered from 1,
 * epochs of 8 (or 4) slots numbered from 1. Each slot has two parts, numbered from 0 on through the session.
 */
export const MODEL_FRAME_MS: number = 80;
export const FRAMES_PER_SLOT: number = 32;
export const SLOT_MS: number = 2560;
/** Coded bits of one lane in one slot. */
export const LANE_BITS_PER_SLOT: number = 64;
export const PARTS_PER_SLOT: number = 2;
export const PART_MS: number = SLOT_MS / PARTS_PER_SLOT;

/** Start of slot `slot`, in ms after t0. */
export function slotStartMs(slot: number): number {
  return (slot - 1) * SLOT_MS;
}

/** Slot that contains a time in ms after t0. */
export function slotAtMs(ms: number): number {
  return Math.floor(ms / SLOT_MS) + 1;
}

export function epochOfSlot(slot: number, epochSlots: number): number {
  return Math.floor((slot - 1) / epochSlots) + 1;
}

export function lastSlotOfEpoch(epoch: number, epochSlots: number): number {
  return epoch * epochSlots;
}

/** Slot that holds a part. */
export function slotOfPart(part: number): number {
  return Math.floor(part / PARTS_PER_SLOT) + 1;
}
