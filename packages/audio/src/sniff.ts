/** What kind of audio bytes are, told from the content, never from a name. */
import { isWav } from './wav/index.ts';

/** Kinds with a decoder of our own or in a library. */
export type LibraryKind = 'flac' | 'opus' | 'vorbis' | 'mp3';
/** Kinds that are read through ffmpeg. */
export type FfmpegKind = 'mp4' | 'aac' | 'aiff' | 'au' | 'caf' | 'webm' | 'asf' | 'amr';
export type AudioKind = 'wav' | LibraryKind | FfmpegKind;

const starts = (bytes: Uint8Array, text: string, at = 0): boolean => {
  if (bytes.length < at + text.length) return false;
  for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text.charCodeAt(i)) return false;
  return true;
};

const MAGIC: readonly (readonly [AudioKind, string, number])[] = [
  ['flac', 'fLaC', 0],
  ['mp4', 'ftyp', 4],
  ['aiff', 'FORM', 0],
  ['caf', 'caff', 0],
  ['au', '.snd', 0],
  ['webm', '\x1a\x45\xdf\xa3', 0],
  ['asf', '\x30\x26\xb2\x75\x8e\x66\xcf\x11', 0],
  ['amr', '#!AMR', 0],
];

/** Bytes of an ID3v2 tag in front of the sound, 0 when there is none. Players put them before FLAC and AAC too. */
export function id3Length(bytes: Uint8Array): number {
  if (!starts(bytes, 'ID3') || bytes.length < 10) return 0;
  // Seven bits to the byte; a footer repeats the ten bytes of the header.
  const size = ((bytes[6] & 0x7f) << 21) | ((bytes[7] & 0x7f) << 14) | ((bytes[8] & 0x7f) << 7) | (bytes[9] & 0x7f);
  return 10 + size + (bytes[5] & 0x10 ? 10 : 0);
}

/** The codec of an Ogg stream, from its first packet. */
function ogg(bytes: Uint8Array): LibraryKind | null {
  const packet = 27 + (bytes[26] ?? 0);
  if (starts(bytes, 'OpusHead', packet)) return 'opus';
  if (starts(bytes, '\x01vorbis', packet)) return 'vorbis';
  return null;
}

/** The kind of an audio file; null when no known format begins like this. */
export function sniff(bytes: Uint8Array): AudioKind | null {
  if (isWav(bytes)) return 'wav';
  if (starts(bytes, 'OggS')) return ogg(bytes);
  for (const [kind, text, at] of MAGIC) if (starts(bytes, text, at)) return kind;
  const tag = id3Length(bytes);
  if (tag > 0) return (tag < bytes.length ? sniff(bytes.subarray(tag)) : null) ?? 'mp3';
  if (bytes.length > 2 && bytes[0] === 0xff) {
    // ADTS has the layer bits 00, which no MPEG audio frame has.
    if ((bytes[1] & 0xf6) === 0xf0) return 'aac';
    if ((bytes[1] & 0xe0) === 0xe0) return 'mp3';
  }
  return null;
}
