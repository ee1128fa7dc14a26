import { describe, expect, it } from 'vitest';
import { encodeOggOpus, mp3RoundTrip, opusRoundTrip } from '../src/index.ts';
import { delayOf, glide, snr } from './sounds.ts';

const energy = (x: Float32Array): number => x.reduce((a, v) => a + v * v, 0) / x.length;

describe('Opus as a channel', () => {
  it('changes sound but keeps length, time and level at every rate', async () => {
    for (const rate of [8000, 16000, 24000, 48000]) {
      const x = glide(3, rate);
      const y = await opusRoundTrip(x, rate, { bitrate: 32000 });
      expect(y).toHaveLength(x.length);
      expect(Math.abs(delayOf(x, y, 40)) / rate).toBeLessThan(0.0003);
      expect(Math.abs(10 * Math.log10(energy(y) / energy(x)))).toBeLessThan(1.5);
      expect(y).not.toEqual(x);
    }
  });

  it('loses packets by its seed, repeatably, and conceals them', async () => {
    const x = glide(4, 16000);
    const lossy = (seed: number): Promise<Float32Array> => opusRoundTrip(x, 16000, { bitrate: 24000, lossRate: 0.1, seed });
    const [a, again, b, clean] = [
      await lossy(1),
      await lossy(1),
      await lossy(2),
      await opusRoundTrip(x, 16000, { bitrate: 24000 }),
    ];
    expect(a).toEqual(again);
    expect(a).not.toEqual(b);
    expect(snr(clean, a)).toBeLessThan(20);
    expect(energy(a)).toBeGreaterThan(0.5 * energy(clean));
  });
});

describe('Ogg pages', () => {
  it('hold packets of any size, none with more than 255 lacing values', () => {
    const packets = Array.from({ length: 120 }, (_, i) => new Uint8Array(i % 2 ? 1275 : 255).fill(i));
    const bytes = encodeOggOpus(packets, { preSkip: 312, samples: 100000, packetSamples: 960, inputRate: 48000 });
    const found: number[] = [];
    let granule = 0n;
    for (let at = 0; at < bytes.length; ) {
      expect(String.fromCharCode(...bytes.subarray(at, at + 4))).toBe('OggS');
      const view = new DataView(bytes.buffer, at);
      granule = view.getBigUint64(6, true);
      const lacing = bytes.subarray(at + 27, at + 27 + bytes[at + 26]);
      let size = 0;
      for (const v of lacing) {
        size += v;
        if (v < 255) {
          found.push(size);
          size = 0;
        }
      }
      at += 27 + lacing.length + lacing.reduce((s, v) => s + v, 0);
    }
    expect(found.slice(2)).toEqual(packets.map((p) => p.length));
    expect(granule).toBe(100312n);
  });
});

describe('MP3 as a channel', () => {
  it('keeps length, time and the sound', async () => {
    for (const rate of [8000, 16000, 24000, 44100]) {
      const x = glide(3, rate);
      const y = await mp3RoundTrip(x, rate, 64);
      expect(y).toHaveLength(x.length);
      expect(Math.abs(delayOf(x, y, 40))).toBeLessThanOrEqual(1);
      expect(snr(x, y)).toBeGreaterThan(12);
    }
  });
});
