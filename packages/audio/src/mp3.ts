/** MP3 as a channel: encode with LAME, decode again. The encoder package is optional. */
import { decodeAudio } from './decode.ts';
import { AudioError } from './errors.ts';
import { resample } from './pcm/resampler.ts';

/** Samples by which LAME and a decoder together are late at the start: 576 + 529 + 1152 − what the decoder trims itself. */
const SEARCH = 3000;

/**
 * What an MP3 recording keeps of speech.
 * @returns as many samples as went in, at the same rate, aligned with them
 * @throws AudioError `codec-not-installed`
 */
export async function mp3RoundTrip(samples: Float32Array, sampleRate: number, kbps: number): Promise<Float32Array> {
  const encoders = await import('wasm-media-encoders').catch(() => {
    throw new AudioError('codec-not-installed', 'MP3 needs the package wasm-media-encoders');
  });
  // Said explicitly, because LAME picks a lower rate by itself.
  const rate = 24000;
  const input = resample(samples, sampleRate, rate);
  const encoder = await encoders.createMp3Encoder();
  encoder.configure({ channels: 1, sampleRate: rate, outputSampleRate: rate, bitrate: kbps as 32 });
  const parts: Uint8Array[] = [encoder.encode([input]).slice(), encoder.finalize().slice()];
  const bytes = new Uint8Array(parts[0].length + parts[1].length);
  bytes.set(parts[0]);
  bytes.set(parts[1], parts[0].length);
  const decoded = await decodeAudio(bytes);
  const heard = resample(decoded.channels[0], decoded.sampleRate, sampleRate);
  const delay = bestDelay(samples, heard, Math.round((SEARCH * sampleRate) / rate));
  const out = new Float32Array(samples.length);
  out.set(heard.subarray(delay, delay + samples.length));
  return out;
}

/** The delay at which the decoded sound agrees best with the original, measured over its loudest two seconds. */
function bestDelay(a: Float32Array, b: Float32Array, most: number): number {
  const n = Math.min(a.length, 40000);
  let at = 0;
  let loudest = -1;
  for (let i = 0; i + n <= a.length; i += Math.max(1, n >> 1)) {
    let e = 0;
    for (let k = i; k < i + n; k += 7) e += a[k] * a[k];
    if (e > loudest) {
      loudest = e;
      at = i;
    }
  }
  let best = 0;
  let top = -Infinity;
  for (let d = 0; d < most; d++) {
    let c = 0;
    for (let k = at; k < at + n && k + d < b.length; k += 3) c += a[k] * b[k + d];
    if (c > top) {
      top = c;
      best = d;
    }
  }
  return best;
}
