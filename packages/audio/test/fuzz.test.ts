import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AudioError, decodeAudio, encodeAudio } from '../src/index.ts';
import { glide } from './sounds.ts';

const x = glide(0.5, 16000);

/** Decodes, and lets only what is documented happen. */
async function hold(bytes: Uint8Array): Promise<void> {
  try {
    const { sampleRate, channels } = await decodeAudio(bytes);
    expect(sampleRate).toBeGreaterThan(0);
    expect(channels.length).toBeGreaterThan(0);
    expect(channels[0].length).toBeGreaterThan(0);
    for (const c of channels) expect(c.every(Number.isFinite)).toBe(true);
  } catch (error) {
    if (!(error instanceof AudioError)) throw error;
  }
}

describe('whatever the bytes, an AudioError or sound', () => {
  it('holds for noise behind every magic', async () => {
    const magic = fc.constantFrom('', 'fLaC', 'OggS', 'ID3\x04', '\xff\xfb\x90', 'RIFF\0\0\0\0WAVEfmt ', 'RF64\0\0\0\0WAVEdata');
    await fc.assert(
      fc.asyncProperty(magic, fc.uint8Array({ maxLength: 2000 }), (m, noise) =>
        hold(Uint8Array.from([...m].map((c) => c.charCodeAt(0)).concat(...noise))),
      ),
      { numRuns: 150 },
    );
  });

  for (const name of ['a.wav', 'a.flac', 'a.opus'])
    it(`holds for ${name} cut anywhere and with bytes changed`, async () => {
      const whole = await encodeAudio([x], 16000, name);
      await fc.assert(
        fc.asyncProperty(
          fc.nat(whole.length),
          fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 5 }),
          fc.boolean(),
          (cut, changes, early) => {
            const bytes = whole.slice(0, cut);
            for (const [at, v] of changes) bytes[early ? at % 64 : at] = v;
            return hold(bytes);
          },
        ),
        { numRuns: 120 },
      );
    });

  it('says that nothing is empty', async () => {
    await expect(decodeAudio(new Uint8Array(0))).rejects.toMatchObject({ code: 'audio-empty' });
    await expect(decodeAudio(new Uint8Array(100))).rejects.toMatchObject({ code: 'audio-undecodable' });
  });
});
