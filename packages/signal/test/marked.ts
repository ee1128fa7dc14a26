/** Real speech at 8 kHz, marked with bits of our own, and what a receiver reads of it. */
import { readFile } from 'node:fs/promises';
import { decodeAudio } from '@undertone/audio';
import { resample } from '@undertone/audio/pcm';
import { BITS_PER_FRAME, Embedder, FRAMES_PER_SLOT, type HeardSlot, makeChips, Receiver, SLOT_MS } from '../src/index.ts';
import { bitsOf } from './voice.ts';

/** A recording of test/fixtures. */
export async function speech(name: string): Promise<Float32Array> {
  const { channels, sampleRate } = await decodeAudio(
    await readFile(new URL(`../../../test/fixtures/${name}.flac`, import.meta.url)),
  );
  return resample(channels[0], sampleRate, 8000);
}

/** Marks speech with the bits of {@link bitsOf}. */
export function mark(speech: Float32Array): Float32Array {
  const delta = new Embedder(makeChips(), 'frame', bitsOf).push(speech);
  return speech.map((v, i) => v + (delta[i] ?? 0));
}

/** All slots that a receiver reads, by track. */
export function hear(sound: Float32Array): Map<number, HeardSlot[]> {
  const tracks = new Map<number, HeardSlot[]>();
  const onSlot = (slot: HeardSlot): void => void tracks.set(slot.track, [...(tracks.get(slot.track) ?? []), slot]);
  const receiver = new Receiver();
  receiver.push(sound, onSlot);
  receiver.finish(onSlot);
  return tracks;
}

/** Bits of information about {@link bitsOf} that slots carry, whichever slot of the sender the first one is. */
export function information(slots: readonly HeardSlot[]): number {
  const first = Math.round((slots[0].startSeconds * 1000) / SLOT_MS);
  const from = (offset: number): number =>
    slots.reduce((sum, { index, llr }) => {
      const frame = (index + offset) * FRAMES_PER_SLOT;
      const right = (l: number, i: number): number => l * bitsOf(frame + Math.floor(i / BITS_PER_FRAME))[i % BITS_PER_FRAME];
      return frame < 0 ? sum : sum + llr.reduce((a, l, i) => a + 1 - Math.log1p(Math.exp(-right(l, i))) / Math.LN2, 0);
    }, 0);
  return Math.max(...[-1, 0, 1].map((offset) => from(first + offset)));
}
