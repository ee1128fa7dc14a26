/** Audio files in: the kind is told from the content, never from the name. */
import { AudioError } from './errors.ts';
import { decodeWithFfmpeg } from './ffmpeg.ts';
import { type AudioData, decodeWav, isWav } from './wav.ts';

const starts = (bytes: Uint8Array, text: string, at = 0): boolean =>
  bytes.length >= at + text.length && [...text].every((c, i) => bytes[at + i] === c.charCodeAt(0));

type Kind = 'wav' | 'flac' | 'opus' | 'vorbis' | 'mp3' | 'mp4' | 'aac';

/** What the first bytes say. */
export function sniff(bytes: Uint8Array): Kind | null {
  if (isWav(bytes)) return 'wav';
  if (starts(bytes, 'fLaC')) return 'flac';
  if (starts(bytes, 'OggS')) {
    const head = bytes.subarray(0, 96);
    const has = (s: string): boolean => Array.from(head, (_, i) => i).some((i) => starts(head, s, i));
    if (has('OpusHead')) return 'opus';
    if (has('vorbis')) return 'vorbis';
    return null;
  }
  if (starts(bytes, 'ftyp', 4)) return 'mp4';
  if (starts(bytes, 'ID3')) return 'mp3';
  if (bytes.length > 2 && bytes[0] === 0xff && (bytes[1] & 0xf6) === 0xf0) return 'aac';
  if (bytes.length > 2 && bytes[0] === 0xff && (bytes[1] & 0xe0) === 0xe0) return 'mp3';
  return null;
}

async function library(kind: 'flac' | 'opus' | 'vorbis' | 'mp3', bytes: Uint8Array): Promise<{ channelData: Float32Array[]; sampleRate: number }> {
  switch (kind) {
    case 'flac':
      return (await import('@audio/decode-flac')).default(bytes);
    case 'opus':
      return (await import('@audio/decode-opus')).default(bytes);
    case 'vorbis':
      return (await import('@audio/decode-vorbis')).default(bytes);
    case 'mp3':
      return (await import('@audio/decode-mp3')).default(bytes);
  }
}

/** Copies channels to one length, without what is not a number. */
function clean(channels: readonly Float32Array[]): { channels: Float32Array[]; repaired: boolean } {
  let repaired = false;
  const length = Math.min(...channels.map((c) => c.length));
  const out = channels.map((c) =>
    Float32Array.from(c.subarray(0, length), (v) => {
      if (Number.isFinite(v)) return v;
      repaired = true;
      return 0;
    }),
  );
  return { channels: out, repaired };
}

/**
 * Decodes WAV, FLAC, MP3, Ogg/Opus and Ogg/Vorbis; M4A and AAC through ffmpeg where it is installed.
 * @throws AudioError `audio-empty`, `audio-undecodable`, `needs-ffmpeg`
 */
export async function decodeAudio(bytes: Uint8Array): Promise<AudioData> {
  if (bytes.length === 0) throw new AudioError('audio-empty', 'the file is empty');
  const kind = sniff(bytes);
  if (kind === null) throw new AudioError('audio-undecodable', 'this is no audio format that is known here');
  if (kind === 'wav') return decodeWav(bytes);
  if (kind === 'mp4' || kind === 'aac') return decodeWithFfmpeg(bytes, kind);
  let data: { channelData: Float32Array[]; sampleRate: number };
  try {
    data = await library(kind, bytes);
  } catch (error) {
    throw new AudioError('audio-undecodable', `${kind}: ${error instanceof Error ? error.message : String(error)}`);
  }
  // The decoders answer with nothing where others would throw.
  if (!data.channelData?.length || !data.channelData[0].length || !(data.sampleRate > 0))
    throw new AudioError('audio-undecodable', `${kind}: no sound could be decoded`);
  const { channels, repaired } = clean(data.channelData);
  return { sampleRate: data.sampleRate, channels, format: kind, ...(repaired ? { repaired } : {}) };
}
