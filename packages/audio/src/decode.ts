/** Audio files in: the kind is told from the content, never from the name. */
import { AudioError } from './errors.ts';
import { decodeWithFfmpeg } from './ffmpeg.ts';
import { id3Length, type LibraryKind, sniff } from './sniff.ts';
import { type AudioData, decodeWav } from './wav/index.ts';

interface Decoded {
  channelData: Float32Array[];
  sampleRate: number;
}

async function library(kind: LibraryKind, bytes: Uint8Array): Promise<Decoded> {
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
  const out = channels.map((c) => {
    const copy = c.slice(0, length);
    for (let i = 0; i < length; i++)
      if (!Number.isFinite(copy[i])) {
        copy[i] = 0;
        repaired = true;
      }
    return copy;
  });
  return { channels: out, repaired };
}

/** Whether an MP3 says that it has one channel; its decoder gives two copies all the same. */
function isMonoMp3(bytes: Uint8Array): boolean {
  for (let at = id3Length(bytes); at + 4 <= bytes.length; at++)
    if (bytes[at] === 0xff && (bytes[at + 1] & 0xe0) === 0xe0 && (bytes[at + 1] & 0x06) !== 0) return bytes[at + 3] >> 6 === 3;
  return false;
}

/** Whether the file ends before it says it does. An MP3 does not say. */
function isCut(kind: LibraryKind, bytes: Uint8Array, length: number): boolean {
  if (kind === 'flac') {
    if (bytes.length < 26) return true;
    // STREAMINFO: 36 bits of total samples per channel; 0 when it was not known.
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const total = (view.getUint8(21) & 0x0f) * 2 ** 32 + view.getUint32(22);
    return total > 0 && length < total;
  }
  if (kind === 'mp3') return false;
  // The last page of an Ogg stream carries the end-of-stream flag.
  for (let at = bytes.length - 27; at >= 0; at--)
    if (bytes[at] === 0x4f && bytes[at + 1] === 0x67 && bytes[at + 2] === 0x67 && bytes[at + 3] === 0x53 && bytes[at + 4] === 0) {
      let end = at + 27 + bytes[at + 26];
      for (let i = 0; i < bytes[at + 26]; i++) end += bytes[at + 27 + i] ?? 0;
      return (bytes[at + 5] & 4) === 0 || end > bytes.length;
    }
  return true;
}

async function withLibrary(kind: LibraryKind, bytes: Uint8Array): Promise<AudioData> {
  let data: Decoded;
  try {
    data = await library(kind, bytes);
  } catch (error) {
    throw new AudioError('audio-undecodable', `${kind}: ${error instanceof Error ? error.message : String(error)}`);
  }
  // The decoders answer with nothing where others would throw.
  if (!data?.channelData?.length || !(data.sampleRate > 0))
    throw new AudioError('audio-undecodable', `${kind}: no sound could be decoded`);
  const { channels, repaired } = clean(data.channelData);
  if (channels[0].length === 0) throw new AudioError('audio-undecodable', `${kind}: no sound could be decoded`);
  return {
    sampleRate: data.sampleRate,
    channels: kind === 'mp3' && isMonoMp3(bytes) ? channels.slice(0, 1) : channels,
    format: kind,
    ...(isCut(kind, bytes, channels[0].length) ? { truncated: true } : {}),
    ...(repaired ? { repaired } : {}),
  };
}

/**
 * Decodes WAV, FLAC, MP3, Ogg/Opus and Ogg/Vorbis; M4A, AAC, AIFF, AU, CAF, WebM, WMA, AMR and rare WAV codecs through
 * ffmpeg where it is installed. What can be saved of a cut-off file is given, marked `truncated`.
 * @throws AudioError `audio-empty`, `audio-undecodable`, `audio-unsupported`, `needs-ffmpeg`
 */
export async function decodeAudio(bytes: Uint8Array): Promise<AudioData> {
  if (bytes.length === 0) throw new AudioError('audio-empty', 'the file is empty');
  const kind = sniff(bytes);
  switch (kind) {
    case null:
      throw new AudioError('audio-undecodable', 'this is no audio format that is known here');
    case 'wav':
      try {
        return decodeWav(bytes);
      } catch (error) {
        if (error instanceof AudioError && error.code === 'audio-unsupported') return decodeWithFfmpeg(bytes, kind);
        throw error;
      }
    case 'flac':
      return withLibrary(kind, bytes.subarray(id3Length(bytes)));
    case 'opus':
    case 'vorbis':
    case 'mp3':
      return withLibrary(kind, bytes);
    default:
      return decodeWithFfmpeg(bytes, kind);
  }
}
