import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { decodeAudio, encodeAudio, encodeWav, sniff } from '../src/index.ts';
import { resample } from '../src/pcm/index.ts';
import { delayOf, glide, snr } from './sounds.ts';

const hasFfmpeg = spawnSync('ffmpeg', ['-version']).status === 0;
const x = glide(3, 16000);

describe('files written here', () => {
  it('keep sound, rate and channels in WAV and FLAC', async () => {
    for (const name of ['a.wav', 'A.FLAC'])
      for (const rate of [8000, 11025, 16000, 44100, 48000]) {
        const channels = [x, x.map((v) => -v / 2)];
        const back = await decodeAudio(await encodeAudio(channels, rate, name));
        expect([back.sampleRate, back.channels.length, back.truncated]).toEqual([rate, 2, undefined]);
        back.channels.forEach((c, k) => {
          expect(c).toHaveLength(x.length);
          expect(snr(channels[k], c)).toBeGreaterThan(75);
        });
      }
  });

  it('keep length and time in Ogg/Opus', async () => {
    for (const rate of [8000, 16000, 24000, 44100, 48000]) {
      const sound = resample(x, 16000, rate);
      const back = await decodeAudio(await encodeAudio([sound], rate, 'a.opus'));
      expect([back.format, back.sampleRate, back.truncated]).toEqual(['opus', 48000, undefined]);
      expect(Math.abs(back.channels[0].length - 144000)).toBeLessThanOrEqual(1);
      const heard = resample(back.channels[0], 48000, 16000);
      expect(Math.abs(delayOf(x, heard, 60))).toBeLessThanOrEqual(2);
    }
  });

  it('are refused for other names, and for Opus with two channels', async () => {
    await expect(encodeAudio([x], 16000, 'a.mp3')).rejects.toMatchObject({ code: 'audio-unsupported' });
    await expect(encodeAudio([x], 16000, 'noname')).rejects.toMatchObject({ code: 'audio-unsupported' });
    await expect(encodeAudio([x, x], 16000, 'a.ogg')).rejects.toMatchObject({ code: 'audio-unsupported' });
  });

  it('are told by their content and saved when cut', async () => {
    for (const [name, kind] of [
      ['a.wav', 'wav'],
      ['a.flac', 'flac'],
      ['a.ogg', 'opus'],
    ]) {
      const bytes = await encodeAudio([x], 16000, name);
      expect(sniff(bytes)).toBe(kind);
      const cut = await decodeAudio(bytes.subarray(0, bytes.length * 0.7));
      expect(cut.truncated).toBe(true);
      expect(cut.channels[0].length / cut.sampleRate).toBeGreaterThan(0.9);
    }
  });

  it('are found behind an ID3 tag', async () => {
    const tag = Uint8Array.from([0x49, 0x44, 0x33, 4, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0]);
    const flac = await encodeAudio([x], 16000, 'a.flac');
    const tagged = Uint8Array.from([...tag, ...flac]);
    expect(sniff(tagged)).toBe('flac');
    expect((await decodeAudio(tagged)).channels[0]).toHaveLength(x.length);
  });
});

describe.runIf(hasFfmpeg)('files of other programs', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'undertone-test-'));
    writeFileSync(join(folder, 'in.wav'), encodeWav([x], 16000));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** The sound as ffmpeg writes it, or null where this build lacks the codec. */
  const made = (name: string, ...options: string[]): Uint8Array | null => {
    const out = join(folder, name);
    const done = spawnSync('ffmpeg', ['-v', 'error', '-y', '-i', join(folder, 'in.wav'), ...options, out]);
    return done.status === 0 ? readFileSync(out) : null;
  };
  const cases: [string, string[], string, number][] = [
    ['rf64.wav', ['-rf64', 'always'], 'wav', 75],
    ['p24.wav', ['-c:a', 'pcm_s24le'], 'wav', 75],
    ['adpcm.wav', ['-c:a', 'adpcm_ms'], 'wav', 20],
    ['mono.mp3', ['-b:a', '64k'], 'mp3', 20],
    ['v.ogg', ['-c:a', 'libvorbis'], 'vorbis', 15],
    ['a.m4a', ['-b:a', '64k'], 'mp4', 15],
    ['a.aiff', [], 'aiff', 75],
    ['a.caf', [], 'caf', 75],
    ['a.au', [], 'au', 75],
  ];
  for (const [name, options, format, db] of cases)
    it(`${name} is read as ${format}, one channel, in time`, async () => {
      const bytes = made(name, ...options);
      if (!bytes) return;
      const got = await decodeAudio(bytes);
      expect([got.format, got.channels.length, got.sampleRate]).toEqual([format, 1, 16000]);
      expect(snr(x, got.channels[0])).toBeGreaterThan(db);
    });

  it('leaves no file behind and names no path when it cannot decode', async () => {
    const bytes = made('b.m4a');
    if (!bytes) return;
    const failure = await decodeAudio(bytes.subarray(0, 200)).catch((e: unknown) => e);
    expect(failure).toMatchObject({ code: 'audio-undecodable' });
    expect(String(failure)).not.toContain(tmpdir());
  });

  it('asks for ffmpeg where there is none', async () => {
    const bytes = made('c.m4a');
    vi.stubEnv('PATH', '');
    await expect(decodeAudio(bytes ?? new Uint8Array(0))).rejects.toMatchObject({ code: 'needs-ffmpeg' });
    vi.unstubAllEnvs();
  });
});
