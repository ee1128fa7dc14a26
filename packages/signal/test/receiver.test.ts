import { opusRoundTrip } from '@undertone/audio';
import { decodeMulaw, encodeMulaw } from '@undertone/audio/pcm';
import { beforeAll, describe, expect, it } from 'vitest';
import { type HeardSlot, SLOT_MS } from '../src/index.ts';
import { hear, mark, speech } from './marked.ts';

const WAYS: [string, (x: Float32Array) => Promise<Float32Array>][] = [
  ['as it is', async (x) => x],
  ['µ-law', async (x) => decodeMulaw(encodeMulaw(x))],
  ['Opus at 12 kbit/s', (x) => opusRoundTrip(x, 8000, { bitrate: 12_000 })],
];

/** Slots begin where the sender's do, within a hop. */
function expectInPlace(slots: readonly HeardSlot[]): void {
  for (const { startSeconds } of slots) {
    const late = (((startSeconds * 1000) % SLOT_MS) + SLOT_MS) % SLOT_MS;
    expect(Math.min(late, SLOT_MS - late)).toBeLessThanOrEqual(5.001);
  }
}

describe.each(['it-m', 'ru-f'])('the receiver, voice %s', (voice) => {
  let marked: Float32Array;
  beforeAll(async () => {
    marked = mark(await speech(voice));
  });

  it.each(WAYS)('follows the one alignment of a mark, none a tile beside it: %s', async (_, way) => {
    const tracks = hear(await way(marked));
    expect(tracks.size).toBe(1);
    expectInPlace(tracks.get(0)!);
  });

  it('stays where the mark was while somebody else speaks', async () => {
    const other = await speech(voice === 'it-m' ? 'ru-f' : 'it-m');
    const tracks = hear(Float32Array.from(marked, (v, i) => (i > 80_000 && i < 176_000 ? other[i] : v)));
    expect(tracks.size).toBe(1);
    expectInPlace(tracks.get(0)!);
  });
});
