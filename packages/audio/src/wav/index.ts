/** RIFF/WAVE: every sample format that recorders write, truncated files too. Writing: 16-bit or 32-bit float. */
import { AudioError } from '../errors.ts';
import { alawToLinear } from '../pcm/alaw.ts';
import { mulawToLinear } from '../pcm/mulaw.ts';

/** Decoded audio. */
export interface AudioData {
  readonly sampleRate: number;
  /** One array per channel, all of one length, −1 … 1. */
  readonly channels: Float32Array[];
  readonly format: string;
  /** The file ended before its header said. */
  readonly truncated?: boolean;
  /** Samples that were not numbers were set to 0. */
  readonly repaired?: boolean;
}

interface Format {
  readonly kind: number;
  readonly channels: number;
  readonly sampleRate: number;
  readonly bits: number;
  /** Bytes of one sample of every channel. */
  readonly block: number;
}

const MAX_CHANNELS = 64;
const PCM = 1;
const FLOAT = 3;
const ALAW = 6;
const MULAW = 7;
const EXTENSIBLE = 0xfffe;

type ReadSample = (view: DataView, at: number) => number;

function reader(kind: number, bits: number): ReadSample | null {
  if (kind === PCM && bits === 8) return (v, at) => (v.getUint8(at) - 128) / 128;
  if (kind === PCM && bits === 16) return (v, at) => v.getInt16(at, true) / 32768;
  if (kind === PCM && bits === 24) return (v, at) => (v.getUint16(at, true) | (v.getInt8(at + 2) << 16)) / 8388608;
  if (kind === PCM && bits === 32) return (v, at) => v.getInt32(at, true) / 2147483648;
  if (kind === FLOAT && bits === 32) return (v, at) => v.getFloat32(at, true);
  if (kind === FLOAT && bits === 64) return (v, at) => v.getFloat64(at, true);
  if (kind === ALAW && bits === 8) return (v, at) => alawToLinear(v.getUint8(at)) / 32768;
  if (kind === MULAW && bits === 8) return (v, at) => mulawToLinear(v.getUint8(at)) / 32768;
  return null;
}

/** Whether bytes begin like a WAVE file. */
export function isWav(bytes: Uint8Array): boolean {
  const tag = String.fromCharCode(...bytes.subarray(0, 4));
  return (tag === 'RIFF' || tag === 'RF64') && String.fromCharCode(...bytes.subarray(8, 12)) === 'WAVE';
}

/** Reads a WAVE file. Throws {@link AudioError} `audio-undecodable`, `audio-unsupported` (another codec) or `audio-empty`. */
export function decodeWav(bytes: Uint8Array): AudioData {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (!isWav(bytes)) throw new AudioError('audio-undecodable', 'not a WAVE file');
  let format: Format | null = null;
  /** RF64 keeps sizes of 64 bits in a chunk of their own. */
  let longSize: number | null = null;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const id = String.fromCharCode(...bytes.subarray(at, at + 4));
    const size = view.getUint32(at + 4, true);
    const from = at + 8;
    if (id === 'ds64' && size >= 16 && from + 16 <= bytes.length) longSize = Number(view.getBigUint64(from + 8, true));
    if (id === 'fmt ') {
      if (size < 16 || from + 16 > bytes.length) throw new AudioError('audio-undecodable', 'the format chunk is cut off');
      let kind = view.getUint16(from, true);
      if (kind === EXTENSIBLE && size >= 26 && from + 26 <= bytes.length) kind = view.getUint16(from + 24, true);
      const channels = view.getUint16(from + 2, true);
      format = {
        kind,
        channels,
        sampleRate: view.getUint32(from + 4, true),
        bits: view.getUint16(from + 14, true),
        block: view.getUint16(from + 12, true),
      };
    }
    if (id === 'data') {
      if (!format) throw new AudioError('audio-undecodable', 'samples come before their format');
      return samples(view, from, size === 0xffffffff && longSize ? longSize : size, format);
    }
    at = from + size + (size & 1);
  }
  throw new AudioError(
    format ? 'audio-empty' : 'audio-undecodable',
    format ? 'the file has no samples' : 'the file has no format',
  );
}

/** Whether a data chunk of this size is one whose writer never came back to fill it in. */
function isOpen(view: DataView, size: number, there: number): boolean {
  if (size === 0) {
    // An empty recording with other chunks behind has a right size for the whole file; an unfinished one has not.
    const whole = view.getUint32(4, true) + 8;
    return whole < view.byteLength || whole > 0x7fffffff;
  }
  return size > there && size >= 0x7fff0000 && size <= 0xffffffff;
}

function samples(view: DataView, from: number, size: number, format: Format): AudioData {
  const { kind, channels: count, sampleRate, bits, block } = format;
  if (count < 1 || count > MAX_CHANNELS || sampleRate < 1 || sampleRate > 384000)
    throw new AudioError('audio-undecodable', `${count} channels at ${sampleRate} Hz cannot be right`);
  // Integers of 20 bits, say, stand at the top of their container.
  const container = kind === PCM && bits > 8 && block % count === 0 ? Math.max(bits, (8 * block) / count) : bits;
  const read = reader(kind, container);
  if (!read) throw new AudioError('audio-unsupported', `WAVE format ${kind} with ${bits} bits is not read here`);
  const width = container / 8;
  const there = view.byteLength - from;
  const open = isOpen(view, size, there);
  const length = Math.floor(Math.min(open ? there : size, there) / (width * count));
  if (length === 0) throw new AudioError('audio-empty', 'the file has no samples');
  let repaired = false;
  const channels = Array.from({ length: count }, (_, c) => {
    const out = new Float32Array(length);
    for (let i = 0; i < length; i++) {
      const v = read(view, from + (i * count + c) * width);
      if (Number.isFinite(v)) out[i] = v;
      else repaired = true;
    }
    return out;
  });
  return {
    sampleRate,
    channels,
    format: 'wav',
    ...(!open && size > there ? { truncated: true } : {}),
    ...(repaired ? { repaired } : {}),
  };
}

/** Writes 16-bit samples, or 32-bit floats. Channels must be of one length. */
export function encodeWav(
  channels: readonly Float32Array[],
  sampleRate: number,
  sample: 'int16' | 'float32' = 'int16',
): Uint8Array {
  const count = channels.length;
  const length = channels[0]?.length ?? 0;
  const width = sample === 'int16' ? 2 : 4;
  const data = length * count * width;
  const bytes = new Uint8Array(44 + data);
  const view = new DataView(bytes.buffer);
  const text = (at: number, s: string): void => {
    for (let i = 0; i < s.length; i++) bytes[at + i] = s.charCodeAt(i);
  };
  text(0, 'RIFF');
  view.setUint32(4, 36 + data, true);
  text(8, 'WAVEfmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, sample === 'int16' ? PCM : FLOAT, true);
  view.setUint16(22, count, true);
  view.setUint32(24, sampleRate, true);
  view.setUint32(28, sampleRate * count * width, true);
  view.setUint16(32, count * width, true);
  view.setUint16(34, width * 8, true);
  text(36, 'data');
  view.setUint32(40, data, true);
  for (let i = 0, at = 44; i < length; i++)
    for (let c = 0; c < count; c++, at += width) {
      const v = channels[c][i];
      if (sample === 'float32') view.setFloat32(at, v, true);
      else view.setInt16(at, Math.max(-32768, Math.min(32767, Math.round(v * 32768))), true);
    }
  return bytes;
}
