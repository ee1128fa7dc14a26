/** Audio files out, the format by the file's name. */
import { AudioError } from './errors.ts';
import { encodeOpusFile } from './opus.ts';
import { encodeWav } from './wav/index.ts';

/**
 * Encodes for a file name: `.wav` (16-bit), `.flac` (16-bit), `.opus` or `.ogg` (Opus, mono).
 * @throws AudioError `audio-unsupported`
 */
export async function encodeAudio(channels: readonly Float32Array[], sampleRate: number, name: string): Promise<Uint8Array> {
  const extension = /\.([a-z0-9]+)$/i.exec(name)?.[1].toLowerCase();
  switch (extension) {
    case 'wav':
      return encodeWav(channels, sampleRate);
    case 'flac':
      return encodeFlac(channels, sampleRate);
    case 'opus':
    case 'ogg':
      if (channels.length !== 1) throw new AudioError('audio-unsupported', 'Opus files are written with one channel only');
      return encodeOpusFile(channels[0], sampleRate);
    default:
      throw new AudioError('audio-unsupported', `${name}: write .wav, .flac or .opus`);
  }
}

async function encodeFlac(channels: readonly Float32Array[], sampleRate: number): Promise<Uint8Array> {
  const { default: flac } = await import('@audio/encode-flac');
  const encoder = await flac({ sampleRate, channels: channels.length, bitDepth: 16 });
  try {
    const parts = [encoder.encode([...channels]).slice(), encoder.flush().slice()];
    const out = new Uint8Array(parts[0].length + parts[1].length);
    out.set(parts[0]);
    out.set(parts[1], parts[0].length);
    // The encoder streams and leaves the length open (0); with it, players show it and a cut file can be told.
    const length = channels[0].length;
    out[21] = (out[21] & 0xf0) | (Math.floor(length / 2 ** 32) & 0x0f);
    new DataView(out.buffer).setUint32(22, length >>> 0);
    return out;
  } finally {
    encoder.free();
  }
}
