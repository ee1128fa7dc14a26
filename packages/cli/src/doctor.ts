/** `undertone doctor`: what works on this machine. */
import { spawnSync } from 'node:child_process';
import { decodeAudio, encodeAudio, opusRoundTrip } from '@undertone/audio';

/** One line of the answer. */
export interface Check {
  readonly name: string;
  readonly ok: boolean;
  /** Undertone works without it. */
  readonly optional: boolean;
  readonly detail: string;
}

async function attempt(name: string, optional: boolean, work: () => Promise<string>): Promise<Check> {
  try {
    return { name, ok: true, optional, detail: await work() };
  } catch (error) {
    return { name, ok: false, optional, detail: (error as Error).message };
  }
}

/** Runs the full-duplex model's runtime; the error says what is missing and how to get it. */
async function probe(provider: 'cpu' | 'cuda'): Promise<string> {
  const { probeRuntime } = await import('@undertone/model');
  return probeRuntime(provider);
}

/** Tries everything for real: each codec encodes and decodes a second of sound. */
export async function doctor(): Promise<Check[]> {
  const tone = Float32Array.from({ length: 16000 }, (_, i) => 0.3 * Math.sin(i / 10));
  const through = async (name: string): Promise<string> => {
    const back = await decodeAudio(await encodeAudio([tone], 16000, name));
    return `${back.channels[0].length} samples at ${back.sampleRate} Hz came back`;
  };
  const major = Number(process.versions.node.split('.')[0]);
  return [
    {
      name: 'Node',
      ok: major >= 20,
      optional: false,
      detail: `${process.version}${major >= 20 ? '' : ', 20 or newer is needed'}`,
    },
    await attempt('WAV', false, () => through('x.wav')),
    await attempt('FLAC', false, () => through('x.flac')),
    await attempt('Ogg/Opus', false, () => through('x.opus')),
    await attempt(
      'Opus calls',
      false,
      async () => `${(await opusRoundTrip(tone, 16000, { bitrate: 24000 })).length} samples came back`,
    ),
    await attempt('MP3 encoder', true, async () => {
      await import('wasm-media-encoders');
      return 'installed (the demonstration uses it)';
    }),
    await attempt('ffmpeg', true, async () => {
      const found = spawnSync('ffmpeg', ['-version'], { encoding: 'utf8' });
      if (found.status !== 0) throw new Error('not on the path; M4A and AAC files cannot be read');
      return found.stdout.split('\n')[0];
    }),
    await attempt('Model, CPU', true, () => probe('cpu')),
    await attempt('Model, CUDA', true, () => probe('cuda')),
  ];
}
